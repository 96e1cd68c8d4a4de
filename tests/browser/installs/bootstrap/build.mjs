/** What a page of old takes: style sheets and classic scripts, side by side. */
import { cpSync, mkdirSync } from "node:fs";

mkdirSync("dist", { recursive: true });
const files = [
  "bootstrap/dist/css/bootstrap.css",
  "bootstrap/dist/js/bootstrap.bundle.js",
  "jquery/dist/jquery.js",
  "@callback-gateway/widget/callback-widget.iife.js",
];
for (const file of files) cpSync(`node_modules/${file}`, `dist/${file.split("/").pop()}`);
cpSync("index.html", "dist/index.html");
