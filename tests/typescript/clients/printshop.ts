import createClient from "openapi-fetch";

import type { paths } from "../types/printshop.ts";
import { type Stage, fileOf, form, got, must, say } from "./stage.ts";

/** `token` is of another dialect: here one signs in by Etsy, or is signed in already. */
export async function play(stage: Stage, token: string): Promise<void> {
  const tell = (step: string, cameBack: string): void => say("printshop", step, cameBack);
  const shop = createClient<paths>({ baseUrl: stage.base, headers: { Authorization: `Bearer ${token}` } });

  const stranger = await createClient<paths>({ baseUrl: stage.base }).GET("/auth/user");
  must(stranger.response.status === 401 && stranger.error !== undefined, "a stranger is somebody");
  const user = got(await shop.GET("/auth/user"));
  tell("a stranger, and who is signed in elsewhere", `${stranger.response.status}; ${user.username}`);

  const spool = { material: "PLA", color: "Red", initial_amount: 1000, cost_per_gram: 0.02, low_stock_threshold: 100 };
  const filament = got(await shop.POST("/filaments", { body: spool }));
  const stock = got(await shop.GET("/filaments", { params: { query: { material: "PLA" } } }));
  must(stock.filaments.some((row) => row.id === filament.id), "the filament is not listed");
  tell("they add filament, and list it", `${filament.current_amount} g; ${stock.total}`);

  const file = await fileOf(stage, "bracket.gcode.3mf", "model/3mf");
  const uploaded = got(await shop.POST("/print-files", { body: { file }, bodySerializer: form }));
  const files = got(await shop.GET("/print-files"));
  tell("they upload a file to print, and list it", `${uploaded.printer_model}, ${uploaded.size} bytes; ${files.total}`);

  const waiting = got(
    await shop.POST("/bambu/scheduled-prints", {
      body: { printer_id: null, job_name: "A client's bracket", file_id: uploaded.id },
    }),
  );
  tell("and queue it", `${waiting.status}: ${waiting.waiting_reason}`);
  const printers = got(await shop.GET("/bambu/printers"));
  const orders = got(await shop.GET("/orders"));
  tell("they list printers and orders", `${printers.length}; ${orders.total}`);
}
