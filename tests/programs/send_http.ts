/** Prints the exchange with the url that is given. */
import process from "node:process";
import { sendHttp } from "../../src/http/mod.ts";

const [url] = process.argv.slice(2);
console.log(JSON.stringify(await sendHttp({ method: "GET", url: url! })));
