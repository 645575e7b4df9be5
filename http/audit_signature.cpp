#include "http/audit_signature.hpp"

#include "crypto/encoding.hpp"
#include "domain/audit.hpp"
#include "domain/time_text.hpp"
#include "http/attestation.hpp"
#include "http/json.hpp"

namespace glados::http {

audit_signature sign_audit_head(const crypto::key_ring& keys, const storage::audit_head& head,
                                instant at) {
  const auto& signer = keys.audit_signer();
  audit_signature out;
  out.hash = crypto::hex(head.hash);
  out.kid = key_id(signer.public_key());
  out.signature =
      crypto::base64url(signer.sign(audit_head_text(head.sequence, out.hash, rfc3339(at))));
  return out;
}

std::string audit_head_json(const crypto::key_ring& keys, const storage::audit_head& head,
                            instant at) {
  const auto made = sign_audit_head(keys, head, at);
  json_output out;
  out.begin_object().member("sequence", head.sequence).member("hash", made.hash);
  out.member("at", rfc3339(at)).member("kid", made.kid).member("signature", made.signature);
  out.end_object();
  return out.take();
}

std::string audit_keys_json(const crypto::key_ring& keys) {
  json_output out;
  out.begin_object().name("keys").begin_array();
  const crypto::signing_key* before = nullptr;
  for (const auto& one : keys.audit_signers()) {
    const auto kid = key_id(one.public_key());
    out.begin_object().member("kty", "OKP").member("crv", "Ed25519").member("kid", kid);
    out.member("x", crypto::base64url(one.public_key())).name("introduced_by");
    if (before == nullptr) {
      out.null();
    } else {
      out.begin_object().member("kid", key_id(before->public_key()));
      out.member("signature", crypto::base64url(before->sign(audit_key_text(kid)))).end_object();
    }
    out.end_object();
    before = &one;
  }
  out.end_array().end_object();
  return out.take();
}

}  // namespace glados::http
