/** What the steps of the goals saw: of the same shape, and with texts of their own. */
import type { StepRecord } from "../mod.ts";
import { observationOf } from "./records.ts";

type Observation = StepRecord["observation"];

/** Sets of observations by name: the `n`th is a new object each time. */
export type DataName = keyof typeof DATA;

const POOL = 16_384;

/** Parsed, as what comes from a network is: no text is a constant of a program. */
const pool = Array.from({ length: POOL }, (_, n) => {
  const random = seeded(n);
  const digit = () => Math.floor(random() * 10);
  return JSON.parse(JSON.stringify({
    request: `r_${String(Math.floor(random() * 1e10)).padStart(10, "0")}`,
    cart: `cart_${digit()}`,
    sku: `${"ABCDEFGH"[Math.floor(random() * 8)]}-${digit()}`,
    total: Math.floor(random() * 10_000) / 100,
    latency: Math.round(random() * 500_000) / 1000,
    to: `${10 + digit()} ${["Station", "Harbour", "Gardens"][n % 3]} Road`,
    qty: digit(),
  })) as {
    request: string;
    cart: string;
    sku: string;
    total: number;
    latency: number;
    to: string;
    qty: number;
  };
});

const LONG = 'The quick brown fox "jumps" over the lazy dog; naïve café — '
  .repeat(10);

export const DATA = {
  constant: observationOf,
  varied(n: number): Observation {
    const given = pool[n % POOL]!;
    return {
      ok: true,
      status_code: 201,
      latency_ms: given.latency,
      headers: {
        "content-type": "application/json",
        "x-request-id": given.request,
      },
      body: {
        cart: given.cart,
        items: [{ sku: given.sku, qty: given.qty }],
        total: given.total,
        deliverTo: given.to,
      },
    };
  },
  "a set-cookie in each": (n: number): Observation => ({
    ...DATA.varied(n),
    headers: {
      "content-type": "application/json",
      "set-cookie": `sid=${pool[n % POOL]!.request}; HttpOnly`,
      "x-request-id": "r_0123456789",
    },
  }),
  "2.5 kB": (n: number): Observation => ({
    ok: true,
    status_code: 200,
    latency_ms: 5 + n % 1000 / 8,
    headers: {
      "content-type": "application/json",
      "x-request-id": pool[n % POOL]!.request,
      date: "Mon, 15 Jan 2024 10:30:00 GMT",
      vary: "accept",
    },
    body: {
      items: Array.from({ length: 20 }, (_, i) => ({
        id: n + i,
        sku: pool[(n + i) % POOL]!.sku,
        price: pool[(n + i) % POOL]!.total,
        inStock: true,
        tags: ["a", "b"],
      })),
      text: LONG,
      next: null,
    },
  }),
  "Cyrillic and emoji": (n: number): Observation => ({
    ok: true,
    status_code: 201,
    latency_ms: 5 + n % 1000 / 10,
    headers: {
      "content-type": "application/json",
      "x-request-id": pool[n % POOL]!.request,
    },
    body: {
      корзина: `корзина_${pool[n % POOL]!.qty}`,
      items: [{ sku: "Ж-1", qty: 1 }],
      total: 12.5,
      deliverTo: "ул. Вокзальная, 12 🚚",
    },
  }),
};

/** Numbers from 0 to 1, the same ones in each process. */
function seeded(seed: number): () => number {
  let state = (seed + 1) * 2_654_435_761 % 2 ** 32;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
