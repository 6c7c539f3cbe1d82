/** A shop whose tokens, cookies and ids are new for each session. */
import { randomBytes } from "node:crypto";
import type { ServerResponse } from "node:http";
import { type InstanceWriter, type Observation, sendHttp } from "../../mod.ts";
import type { Received } from "./http_service.ts";

/** What a shop does wrong. */
export interface ShopFaults {
  /** Answers a login without a token. */
  noToken?: boolean;
  /** Takes this off each total. */
  discount?: number;
}

/** The password of its customers. */
export const PASSWORD = "pass-phrase-1";

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
    const form = () => new URLSearchParams(new TextDecoder().decode(body));
    if (path === "/sign_in" && form().get("password") !== PASSWORD) {
      return json(403, { error: "wrong password" });
    }
    if (path === "/renew") {
      const old = sessions.get(form().get("refresh_token") ?? "");
      if (!old) return json(401, { error: "no such refresh token" });
      const access_token = random("tok_");
      sessions.set(access_token, old);
      return json(200, { access_token, api_key: access_token });
    }
    if (path === "/login" || path === "/sign_in") {
      const user = path === "/login"
        ? JSON.parse(new TextDecoder().decode(body)).user
        : form().get("user");
      const token = random("tok_");
      const csrf = random("");
      const refresh_token = random("ref_");
      sessions.set(token, { csrf });
      sessions.set(refresh_token, { csrf });
      response.setHeader("set-cookie", [
        `sid=${token}; Path=/; Expires=Thu, 01 Jan 2099 00:00:00 GMT`,
        "lang=en",
      ]);
      return json(200, {
        user,
        csrf,
        ...(noToken ? {} : { access_token: token }),
        ...(path === "/login" ? {} : { refresh_token }),
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

type Step = (
  step_name: string,
  method: string,
  url: string,
  headers: Record<string, string>,
  body?: unknown,
) => Promise<Observation>;

function stepsOf(instance: InstanceWriter, baseUrl: string): Step {
  return async (step_name, method, url, headers, body) => {
    const exchange = await sendHttp(
      { method, url, headers, ...(body ? { body } : {}) },
      { baseUrl },
    );
    await instance.step({ step_name, step_type: "http", ...exchange });
    return exchange.observation;
  };
}

/** Buys in a session: by a bearer token, a CSRF token, a cookie, and a next link. */
export async function shopInSession(
  instance: InstanceWriter,
  baseUrl: string,
): Promise<void> {
  const step = stepsOf(instance, baseUrl);
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

/** Signs in by a form, and goes on with a token that was renewed by another form. */
export async function signInByForm(
  instance: InstanceWriter,
  baseUrl: string,
): Promise<void> {
  const step = stepsOf(instance, baseUrl);
  const form = { "content-type": "application/x-www-form-urlencoded" };
  const user = `user=user-1&password=${PASSWORD}`;
  const { body } = await step("sign_in", "POST", "/sign_in", form, user);
  const { refresh_token, csrf } = body as Record<string, string>;
  const old = `grant_type=refresh_token&refresh_token=${refresh_token}`;
  const { body: renewed } = await step("renew", "POST", "/renew", form, old);
  const { access_token } = renewed as Record<string, string>;
  const authorization = `Bearer ${access_token}`;
  const made = await step("create_cart", "POST", "/carts", {
    authorization,
    "x-csrf": csrf!,
  });
  const { next } = made.body as { next: string };
  await step("total", "GET", next, { authorization });
}
