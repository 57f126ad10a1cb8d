import createClient from "openapi-fetch";

import type { paths } from "../types/nexus.ts";
import { CARD, PASSWORD, type Stage, fileOf, first, form, got, must, mustBeThere, nameOf, say, until } from "./stage.ts";

export async function play(stage: Stage): Promise<void> {
  const tell = (step: string, cameBack: string): void => say("nexus", step, cameBack);

  async function signedIn(username: string, password: string) {
    const anybody = createClient<paths>({ baseUrl: stage.base });
    const answer = got(await anybody.POST("/auth/login", { body: { username, password } }));
    must("access_token" in answer, `${username} is asked for a second factor`);
    const headers = { Authorization: `Bearer ${answer.access_token}` };
    return { username, client: createClient<paths>({ baseUrl: stage.base, headers }) };
  }

  async function registered(name: string, user_type: "creator" | "buyer") {
    const username = nameOf(name);
    const account = { username, email: `${username}@example.com`, password: PASSWORD, full_name: name, user_type };
    got(await createClient<paths>({ baseUrl: stage.base }).POST("/auth/register", { body: account }));
    return signedIn(username, PASSWORD);
  }

  const iris = await registered("iris", "creator");
  const jack = await registered("jack", "buyer");
  const manager = await signedIn("admin_manager", "manager123");
  tell("a creator, a buyer and a manager sign in", `${iris.username}, ${jack.username}`);

  const page = got(await jack.client.GET("/models", { params: { query: { sort: "newest", page: 1, limit: 5 } } }));
  const bare = got(await jack.client.GET("/models", { params: { query: { skip: 0, limit: 2 } } }));
  must("items" in page && !("items" in bare), "a page is no page, or a bare list is one");
  tell("the buyer lists models, as a page and bare", `${page.total} models; ${bare.length}`);

  const file = await fileOf(stage, "plate.stl", "model/stl");
  const uploaded = got(
    await iris.client.POST("/models/upload", {
      body: { title: "A client's plate", description: "Holds a sensor.", price: 40, category: "Engineering", file },
      bodySerializer: form,
    }),
  );
  const path = { id: uploaded.id };
  const read = await until(async () => {
    const model = got(await iris.client.GET("/models/{id}", { params: { path } }));
    return model.poly_count === null || model.thumbnail_url === null ? undefined : model;
  }, "the analysis of the model");
  tell("the creator uploads one, which is read", `#${uploaded.id}, ${uploaded.status}; ${read.poly_count} triangles`);

  const hidden = await jack.client.GET("/models/{id}", { params: { path } });
  must(hidden.response.status === 404, "a model that waits is shown to strangers");
  got(await manager.client.POST("/admin/models/{id}/approve", { params: { path } }));
  const shown = got(await jack.client.GET("/models/{id}", { params: { path } }));
  tell("before and after the manager approves it", `${hidden.response.status}; ${shown.status}, ${shown.price}`);

  const added = got(await jack.client.POST("/cart", { body: { model_id: shown.id } }));
  const checkout = got(await jack.client.POST("/checkout", { body: { payment_method: "card" } }));
  const paying = { checkout_id: checkout.checkout_id, payment_method: "card" } as const;
  const declined = await jack.client.POST("/checkout/process-payment", {
    body: { ...paying, payment_token: "pm_card_chargeDeclined" },
  });
  must(declined.response.status === 402, `a declined card answered ${declined.response.status}`);
  const paid = got(
    await jack.client.POST("/checkout/process-payment", {
      params: { header: { "Idempotency-Key": nameOf("checkout") } },
      body: { ...paying, payment_token: CARD },
    }),
  );
  const sale = first(paid.transactions, "transaction");
  tell("the buyer buys it; the first card is declined", `${added.subtotal}; ${declined.response.status}, ${paid.payment_status}`);

  const link = got(
    await jack.client.GET("/purchases/{transaction_id}/download-link", {
      params: { path: { transaction_id: sale.transaction_id } },
    }),
  );
  const size = await mustBeThere(link.download_url, file);
  tell("and downloads it", `${size} bytes, as uploaded; ${link.downloads_remaining} downloads left`);
}
