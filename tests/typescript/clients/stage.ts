// What the front-ends of all dialects need: a narrator who checks, forms, and files.

import { createHash, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";

export const PASSWORD = "a long enough passphrase 1";
export const CARD = "pm_card_visa";

/** A running platform, the address of a dialect there, and a folder with what is uploaded. */
export interface Stage {
  readonly site: string;
  readonly base: string;
  readonly files: string;
}

export class WentWrong extends Error {}

export function must(condition: boolean, words: string): asserts condition {
  if (!condition) throw new WentWrong(words);
}

/** Names that nobody has on this platform. */
export function nameOf(person: string): string {
  return `${person}_${randomBytes(3).toString("hex")}`;
}

export function say(dialect: string, step: string, cameBack: string): void {
  console.log(`${dialect.padEnd(10)} ${step.padEnd(46)} ${cameBack}`);
}

/** The data of an answer that must be there. */
export function got<Data>(answer: { data?: Data; error?: unknown; response: Response }): Data {
  if (answer.data === undefined) {
    const { url, status } = answer.response;
    throw new WentWrong(`${url} answered ${status}: ${JSON.stringify(answer.error)}`);
  }
  return answer.data;
}

/** The first of a list that must have one. */
export function first<Item>(items: readonly Item[], words: string): Item {
  const item = items[0];
  if (item === undefined) throw new WentWrong(`no ${words}`);
  return item;
}

/** A body as the form that operations with files take. */
export function form(body: object): FormData {
  const made = new FormData();
  const parts: [string, unknown][] = Object.entries(body);
  for (const [name, value] of parts) {
    if (value instanceof Blob) made.append(name, value);
    else if (value !== undefined && value !== null) made.append(name, String(value));
  }
  return made;
}

export async function fileOf(stage: Stage, name: string, type: string): Promise<File> {
  const path = join(stage.files, name);
  return new File([await readFile(path)], basename(path), { type });
}

function digestOf(content: ArrayBuffer): string {
  return createHash("sha256").update(new Uint8Array(content)).digest("hex");
}

/** What the link leads to must be the file that was uploaded. Gives its size. */
export async function mustBeThere(link: string, file: File): Promise<number> {
  const answer = await fetch(link);
  must(answer.ok, `the download answered ${answer.status}`);
  const content = await answer.arrayBuffer();
  must(digestOf(content) === digestOf(await file.arrayBuffer()), "the download is not what was uploaded");
  return content.byteLength;
}

/** What `find` gives as soon as it gives something. */
export async function until<Found>(find: () => Promise<Found | undefined>, words: string): Promise<Found> {
  const end = Date.now() + 60_000;
  for (;;) {
    const found = await find();
    if (found !== undefined) return found;
    must(Date.now() < end, `${words} did not come within a minute`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
