// Plays a front-end of each dialect: node main.ts SITE FOLDER-WITH-FILES

import { mounts } from "../types/mounts.ts";
import * as cultureup from "./cultureup.ts";
import * as nexus from "./nexus.ts";
import * as printshop from "./printshop.ts";
import { type Stage, WentWrong } from "./stage.ts";
import * as v1 from "./v1.ts";

const [site, files] = process.argv.slice(2);
if (site === undefined || files === undefined) throw new WentWrong("give the site and the folder with files");

function at(mount: string): Stage {
  return { site: `${site}`, base: `${site}${mount}`, files: `${files}` };
}

await cultureup.play(at(mounts.cultureup));
await nexus.play(at(mounts.nexus));
const token = await v1.play(at(mounts.v1));
await printshop.play(at(mounts.printshop), token);
