/** A shop whose tokens, cookies and ids are new for each session. */
import { randomBytes } from "node:crypto";
import type { ServerResponse } from "node:http";
import { type InstanceWriter, sendHttp } from "../../mod.ts";
import type { Received } from "./http_service.ts";

/** What a shop does wrong. */
export interface ShopFaults {
  /** Answers a login without a token. */
  noToken?: boolean;
  /** Takes this off each total. */
  discount?: number;
}

/** Answers as a shop with sessions that has just been started. */
export function sessionShop(
  { noToken = false, discount = 0 }: ShopFaults = {},
): (request: Received, response: ServerResponse) => void {
  const sessions = new Map<string, { csrf: string; cart?: string }>();
  const random = (prefix: string) => prefix + randomBytes(12).toString("hex");
  return ({ method, url, headers, body }, response) => {
    const json = (status: number, value: unknown) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(value));
    };
    const path = url.split("?")[0]!;
    if (path === "/login") {
      const { user } = JSON.parse(new TextDecoder().decode(body));
      const token = random("tok_");
      const csrf = random("");
      sessions.set(token, { csrf });
      response.setHeader("set-cookie", [
        `sid=${token}; Path=/; Expires=Thu, 01 Jan 2099 00:00:00 GMT`,
        "lang=en",
      ]);
      return json(200, {
        user,
        csrf,
        ...(noToken ? {} : { access_token: token }),
      });
    }
    const token = headers.authorization?.replace("Bearer ", "") ??
      /sid=([^;]+)/.exec(headers.cookie ?? "")?.[1] ?? "";
    const session = sessions.get(token);
    if (!session) return json(401, { error: "expired" });
    if (method === "POST" && headers["x-csrf"] !== session.csrf) {
      return json(403, { error: "csrf" });
    }
    if (path === "/carts") {
      session.cart = random("cart_");
      const next = `/carts/${session.cart}/total?cursor=${random("")}`;
      return json(201, { cart: { id: session.cart }, next });
    }
    if (path === `/carts/${session.cart}/total`) {
      return json(200, { cart_id: session.cart, total: 30 - discount });
    }
    json(404, { error: "no such cart" });
  };
}

/** Buys in a session: by a bearer token, a CSRF token, a cookie, and a next link. */
export async function shopInSession(
  instance: InstanceWriter,
  baseUrl: string,
): Promise<void> {
  const step = async (
    step_name: string,
    method: string,
    url: string,
    headers: Record<string, string>,
    body?: unknown,
  ) => {
    const exchange = await sendHttp(
      { method, url, headers, ...(body ? { body } : {}) },
      { baseUrl },
    );
    await instance.step({ step_name, step_type: "http", ...exchange });
    return exchange.observation;
  };
  const login = await step("login", "POST", "/login", {}, { user: "user-1" });
  const { access_token, csrf } = login.body as Record<string, string>;
  const { body } = await step("create_cart", "POST", "/carts", {
    authorization: `Bearer ${access_token}`,
    "x-csrf": csrf!,
  });
  const { next } = body as { next: string };
  const sid = /sid=([^;]+)/.exec(String(login.headers?.["set-cookie"]))?.[1];
  await step("total", "GET", next, { cookie: `sid=${sid}; theme=dark` });
}
