/** The service that the recordings are of, as it answers a replay. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";

/** Under `/fixed` it takes the payments that it declined in the recording. */
export async function startShop(): Promise<
  { url: string; close(): Promise<void> }
> {
  const server = createServer(async (request, response) => {
    const { amount_cents } = await json(request) as { amount_cents: number };
    const number = (amount_cents - 1000) / 35;
    const isFixed = request.url!.startsWith("/fixed/");
    const [status_code, body] = request.url!.endsWith("/carts")
      ? [201, { cart_id: `cart_${number}`, amount_cents }]
      : isFixed
      ? [201, { payment_id: `pay_${number}`, status: "captured" }]
      : [502, { error: "upstream timed out", provider: "acme-pay" }];
    response.writeHead(status_code as number, {
      "content-type": "application/json",
    });
    response.end(JSON.stringify(body));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
