// Bundles the console and writes it as one C++ source: build.mjs PACKAGES OUTPUT.cpp
// PACKAGES holds node_modules, as tools/npm_packages.sh made it.
import {createHash} from 'node:crypto';
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {dirname, join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const [packages, output] = process.argv.slice(2).map((path) => resolve(path));
const {build} = createRequire(join(packages, 'package.json'))('esbuild');

const PIECE = 8000;  // characters a literal; the compiler joins them
const DELIMITER = 'console';

async function bundle() {
  const made = await build({
    entryPoints: [join(here, 'src/main.jsx'), join(here, 'src/style/main.css')],
    outdir: '/',
    entryNames: '[name]',
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: ['chrome111', 'firefox115', 'safari16.4'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    nodePaths: [join(packages, 'node_modules')],
    legalComments: 'inline',
    charset: 'ascii',
    logLevel: 'warning',
  });
  return made.outputFiles.map((file) => ({from: file.path.slice(1), text: file.text}));
}

const digest = (text) => createHash('sha256').update(text).digest('hex');
const types = {
  js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8', svg: 'image/svg+xml',
  html: 'text/html; charset=utf-8',
};

/** The name of a file with a hash of its content in it, so that a copy of it is good for ever. */
function hashed({from, text}) {
  const [, stem, extension] = from.match(/^(.*)\.(\w+)$/);
  return {from, name: `${stem}.${digest(text).slice(0, 12)}.${extension}`, extension, text,
          immutable: true};
}

function literal(text) {
  if (text.includes(`)${DELIMITER}"`)) throw new Error('the delimiter stands in the text');
  const pieces = [];
  for (let at = 0; at < text.length; at += PIECE)
    pieces.push(`R"${DELIMITER}(${text.slice(at, at + PIECE)})${DELIMITER}"`);
  return pieces.join('\n') || '""';
}

function source(files) {
  const texts = files.map((file, i) => `constexpr char text_${i}[] =\n${literal(file.text)};`);
  const rows = files.map((file, i) =>
    `    {"${file.name}", "${types[file.extension]}", "\\"${digest(file.text).slice(0, 32)}\\"",\n` +
    `     {text_${i}, sizeof text_${i} - 1}, ${file.immutable}},`);
  return `// Made from console/ by console/build.mjs.
#include <array>

#include "app/console_files.hpp"

namespace glados::app {
namespace {

${texts.join('\n')}

constexpr auto files = std::to_array<http::static_file>({
${rows.join('\n')}
});

}  // namespace

std::span<const http::static_file> console_files() { return files; }

}  // namespace glados::app
`;
}

const parts = [...await bundle(), {from: 'icon.svg', text: readFileSync(join(here, 'src/icon.svg'), 'utf8')}]
  .map(hashed);
const page = parts.reduce((text, part) => text.replaceAll(`{${part.from}}`, `/console/${part.name}`),
                          readFileSync(join(here, 'src/index.html'), 'utf8'));
const files = [...parts, {name: '', extension: 'html', text: page, immutable: false}];
for (const file of files)
  if (/[^\x00-\x7f]/.test(file.text)) throw new Error(`${file.name} is not ASCII`);
mkdirSync(dirname(output), {recursive: true});
writeFileSync(output, source(files));
