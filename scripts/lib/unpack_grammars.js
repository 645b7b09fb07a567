// unpack_grammars.js SOURCE TARBALLS TARGET: what `npm pack` fetched of the packages that SOURCE/package.json names, into
// TARGET/NAME. Without TARBALLS and TARGET: prints NAME@VERSION of each. A tarball that does not have the SHA-512
// of SOURCE/package-lock.json is refused.
"use strict";

const { execFileSync } = require("child_process");
const { createHash } = require("crypto");
const { mkdirSync, readFileSync } = require("fs");
const { join } = require("path");

const [source, tarballs, target] = process.argv.slice(2);
const read = (name) => JSON.parse(readFileSync(join(source, name)));
const locked = read("package-lock.json").packages;

for (const name of Object.keys(read("package.json").dependencies)) {
  const { version, integrity } = locked[`node_modules/${name}`];
  if (!tarballs) {
    console.log(`${name}@${version}`);
    continue;
  }
  const tarball = join(tarballs, `${name.replace("@", "").replace("/", "-")}-${version}.tgz`);
  const found = `sha512-${createHash("sha512").update(readFileSync(tarball)).digest("base64")}`;
  if (found !== integrity) {
    console.error(`${name} ${version} is not what package-lock.json names: ${found}, not ${integrity}`);
    process.exit(1);
  }
  const folder = join(target, name);
  mkdirSync(folder, { recursive: true });
  execFileSync("tar", ["-xzf", tarball, "-C", folder, "--strip-components=1", "--no-same-owner"]);
}
