import createClient from "openapi-fetch";

import type { paths } from "../types/cultureup.ts";
import { CARD, PASSWORD, type Stage, fileOf, first, form, got, must, mustBeThere, nameOf, say } from "./stage.ts";

type UserType = "artist" | "buyer";

export async function play(stage: Stage): Promise<void> {
  const tell = (step: string, cameBack: string): void => say("cultureup", step, cameBack);

  async function signedIn(username: string, password: string) {
    const anybody = createClient<paths>({ baseUrl: stage.base });
    const answer = got(await anybody.POST("/auth/login/", { body: { username, password } }));
    must("token" in answer && answer.token !== undefined, `${username} is asked for a second factor`);
    const client = createClient<paths>({ baseUrl: stage.base, headers: { Authorization: `Token ${answer.token}` } });
    const { id } = got(await client.GET("/auth/profile/"));
    return { id, username, client };
  }

  async function registered(name: string, user_type: UserType) {
    const username = nameOf(name);
    const account = { username, email: `${username}@example.com`, first_name: name, last_name: "Example", user_type };
    const anybody = createClient<paths>({ baseUrl: stage.base });
    got(await anybody.POST("/auth/register/", { body: { ...account, password: PASSWORD, password_confirm: PASSWORD } }));
    return signedIn(username, PASSWORD);
  }

  const alice = await registered("alice", "artist");
  const bob = await registered("bob", "buyer");
  const moderator = await signedIn("content_moderator", "moderator123");
  tell("an artist, a buyer and a moderator sign in", `${alice.username}, ${bob.username}`);

  const category = first(got(await bob.client.GET("/categories/")).results, "category");
  const query = { ordering: "-created_at", page_size: 5 } as const;
  const listed = got(await bob.client.GET("/artworks/", { params: { query } }));
  tell("the buyer lists categories and artworks", `${category.name}, …; ${listed.count} artworks`);

  const image = await fileOf(stage, "painting.jpg", "image/jpeg");
  const uploaded = got(
    await alice.client.POST("/artworks/", {
      body: {
        title: "Painted by a client",
        description: "A landscape.",
        category_id: category.id,
        artwork_type: "digital",
        price: "299.99",
        image,
      },
      bodySerializer: form,
    }),
  );
  const { id } = uploaded.artwork;
  tell("the artist uploads one", `#${id}, compared with ${uploaded.duplicate_check.total_compared} others`);

  const path = { id };
  const refused = await bob.client.POST("/admin/artworks/{id}/approve/", { params: { path } });
  must(refused.response.status === 403 && refused.error !== undefined, "a buyer approves artworks");
  const approved = got(await moderator.client.POST("/admin/artworks/{id}/approve/", { params: { path } }));
  const state = approved.artwork["moderation_status"];
  must(state === "APPROVED", "the artwork is not approved");
  tell("the buyer may not approve it, the moderator does", `${refused.response.status}; ${state}`);

  const order = got(
    await bob.client.POST("/orders/", {
      params: { header: { "Idempotency-Key": nameOf("order") } },
      body: {
        order_type: "artwork",
        shipping_address: "123 Main Street, Lahore",
        artwork_items: [{ artwork_id: id, quantity: 1 }],
      },
    }),
  );
  const payment = got(
    await bob.client.POST("/payments/", {
      params: { header: { "Idempotency-Key": nameOf("payment") } },
      body: { payee: alice.id, order: order.id, amount: order.total_amount, payment_method: "stripe" },
    }),
  );
  const paying = { params: { path: { id: payment.id } } };
  got(await bob.client.POST("/payments/{id}/process/", paying));
  const paid = got(await bob.client.POST("/payments/{id}/confirm/", { ...paying, body: { payment_method_id: CARD } }));
  must("status" in paid, "the card asks for more");
  tell("the buyer orders and pays", `order #${order.id}, ${order.total_amount}: ${paid.status}`);

  const item = first(order.artwork_items, "line of the order")["id"];
  must(typeof item === "number", "a line of the order has no id");
  const link = got(
    await bob.client.POST("/orders/{id}/items/{item_id}/download/", {
      params: { path: { id: order.id, item_id: item } },
    }),
  );
  const size = await mustBeThere(link.download_url, image);
  tell("and downloads the original", `${size} bytes, as uploaded; download ${link.download_count}`);
}
