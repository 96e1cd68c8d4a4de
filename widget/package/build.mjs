/** Make the npm package: modules as they are, types and manifest made from them, an IIFE for old tag managers. */

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const widget = dirname(here);
const root = dirname(widget);
const out = resolve(process.argv[2] ?? join(root, "artifacts"));
const folder = join(out, "widget");
const run = (cwd, program, ...args) =>
  execFileSync(join(root, ".node-widget", "node_modules", ".bin", program), args, { cwd, stdio: "inherit" });

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const name of readdirSync(widget)) {
  if (name === "words" || (name.endsWith(".js") && name !== "demo.js")) cpSync(join(widget, name), join(folder, name), { recursive: true });
}
cpSync(join(root, "LICENSE"), join(folder, "LICENSE"));
cpSync(join(here, "README.md"), join(folder, "README.md"));

run(here, "tsc", "-p", ".", "--noEmit", "false", "--declaration", "--emitDeclarationOnly", "--outDir", join(folder, "types"));
const globals = readFileSync(join(here, "globals.d.ts"), "utf8").replaceAll("../", "./");
writeFileSync(join(folder, "types", "globals.d.ts"), globals);
const entry = join(folder, "types", "callback-widget.d.ts");
writeFileSync(entry, `import "./globals.js";\n${readFileSync(entry, "utf8")}`);

run(folder, "cem", "analyze", "--globs", "element.js", "--outdir", ".", "--quiet");

// Old tag managers know no modules, and so no import.meta.
run(
  widget,
  "esbuild",
  "callback-widget.js",
  `--outfile=${join(folder, "callback-widget.iife.js")}`,
  "--bundle",
  "--minify",
  "--format=iife",
  "--global-name=CallbackGateway",
  "--target=es2022",
  "--charset=utf8",
  "--log-level=warning",
  "--banner:js=var callbackWidgetSource = document.currentScript?.src || location.href;",
  "--define:import.meta.url=callbackWidgetSource",
);

// The hashes that a page names as `integrity`, as the gateway lists them at /widget/integrity.json.
const scripts = readdirSync(folder, { recursive: true }).filter((name) => /^(words\/)?[\w.-]+\.js$/.test(name));
const hashOf = (name) => `sha384-${createHash("sha384").update(readFileSync(join(folder, name))).digest("base64")}`;
const modules = Object.fromEntries(scripts.sort().map((name) => [name, hashOf(name)]));
writeFileSync(join(folder, "integrity.json"), `${JSON.stringify({ modules }, null, 2)}\n`);

const { devDependencies, ...manifest } = JSON.parse(readFileSync(join(here, "package.json"), "utf8"));
writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
execFileSync("npm", ["pack", "--silent", "--pack-destination", out], { cwd: folder, stdio: "inherit" });
