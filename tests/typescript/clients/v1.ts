import createClient from "openapi-fetch";

import type { paths } from "../types/v1.ts";
import { PASSWORD, type Stage, fileOf, form, got, must, mustBeThere, nameOf, say } from "./stage.ts";

/** Gives the buyer's token, which the print shop takes too. */
export async function play(stage: Stage): Promise<string> {
  const tell = (step: string, cameBack: string): void => say("v1", step, cameBack);

  async function registered(name: string) {
    const username = nameOf(name);
    const anybody = createClient<paths>({ baseUrl: stage.base });
    const account = { username, email: `${username}@example.com`, password: PASSWORD, full_name: name };
    got(await anybody.POST("/register", { body: account }));
    const sent = { body: { username, password: PASSWORD }, bodySerializer: form };
    const answer = got(await anybody.POST("/login", sent));
    must("access_token" in answer && answer.access_token !== undefined, `${username} is asked for a second factor`);
    const headers = { Authorization: `Bearer ${answer.access_token}` };
    return { username, token: answer.access_token, client: createClient<paths>({ baseUrl: stage.base, headers }) };
  }

  const gina = await registered("gina");
  const hugo = await registered("hugo");
  tell("a seller and a buyer sign in", `${gina.username}, ${hugo.username}`);

  const file = await fileOf(stage, "bracket.stl", "model/stl");
  const uploaded = got(
    await gina.client.POST("/upload_stl", { body: { file, name: "A client's bracket" }, bodySerializer: form }),
  );
  const design = got(
    await gina.client.POST("/commerce/designs/sell", {
      body: {
        designName: "A client's bracket",
        description: "Holds a sensor.",
        price: 40,
        category: "mechanical",
        fileOrigin: "original",
        licenseType: "commercial",
        originDeclaration: true,
        qualityAssurance: true,
        tags: ["bracket"],
        original_model_id: uploaded.model_id,
      },
    }),
  );
  tell("the seller uploads a file and sells it", `${uploaded.file_size}; ${design.status}, ${design.price}`);

  const listed = got(await hugo.client.GET("/commerce/designs"));
  must(listed.some((row) => row.id === design.id), "the design is not listed");
  tell("the buyer lists designs", `${listed.length} designs, this one among them`);

  const wish = { design_id: design.id, name: design.name, price: 1, size: "M", color: "red", icon: "plate" } as const;
  const refused = await hugo.client.POST("/commerce/cart", { body: wish });
  must(refused.response.status === 422, "a price that is not ours is believed");
  const item = got(await hugo.client.POST("/commerce/cart", { body: { ...wish, price: design.price } }));
  const key = { params: { header: { "Idempotency-Key": nameOf("checkout") } } };
  const done = got(await hugo.client.POST("/commerce/checkout", key));
  const again = got(await hugo.client.POST("/commerce/checkout", key));
  must(done.success && done.transaction_ids.join() === again.transaction_ids.join(), "the same key charges twice");
  tell("and buys it, with a price of their own first", `${refused.response.status}; ${item.name}, ${done.total_amount}`);

  const bought = got(await hugo.client.GET("/purchase-management/my-purchases")).items;
  const purchase = bought[0];
  must(purchase !== undefined && bought.length === 1, `of one purchase there are ${bought.length}`);
  const link = got(
    await hugo.client.POST("/purchase-management/download/{purchase_id}", {
      params: { path: { purchase_id: purchase.id } },
    }),
  );
  const size = await mustBeThere(link.download_url, file);
  tell("and downloads it", `${size} bytes, as uploaded; download ${link.download_count}`);
  return hugo.token;
}
