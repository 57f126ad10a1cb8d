// Types of OpenAPI documents: node generate.mjs FOLDER DOCUMENT.yaml …

import { writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";

import openapiTS, { astToString } from "openapi-typescript";
import ts from "typescript";

// A file, which would be a text otherwise.
const FILE = ts.factory.createTypeReferenceNode("Blob");
const NULL = ts.factory.createLiteralTypeNode(ts.factory.createNull());

function typeOf(schema) {
  if (schema.format !== "binary") return undefined;
  return schema.nullable ? ts.factory.createUnionTypeNode([FILE, NULL]) : FILE;
}

const [folder, ...documents] = process.argv.slice(2);
for (const document of documents) {
  // What has a default may be left out.
  const types = await openapiTS(pathToFileURL(document), { transform: typeOf, defaultNonNullable: false });
  await writeFile(join(folder, `${basename(document, ".yaml")}.ts`), astToString(types));
}
