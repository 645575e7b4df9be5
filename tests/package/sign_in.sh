# CERTIFICATE KEY SECRET_FILE PORT: a token of the provider into the file `token`. Run by life.py.
as_provider() { curl -sS --cacert pki/server/cert.pem --cert "$certificate" --key "$key" "$@"; }
member() { sed "s/.*\"$1\":\"\([^\"]*\)\".*/\1/" "$2" | tr -d '\n'; }
certificate=$1 key=$2
member client_secret "$3" |
  as_provider "https://127.0.0.1:$4/oauth2/token" -d grant_type=client_credentials \
    -d client_id="$(member client_id alpha.secret)" --data-urlencode client_secret@- >answer
member access_token answer >token
grep -q access_token answer
