/**
 * A simulated process as the disk sees it: numbers its operations, lets each
 * happen after a while, makes one fail, and dies when the plan says so.
 */
import {
  type Fault,
  faultOf,
  type Operation,
  type OperationKind,
  type Plan,
} from "./plan.ts";
import { Random } from "./random.ts";
import { microtasks, never, turns } from "./turns.ts";

/** What a call does, and what it does instead where it is to fail. */
export interface Call<T> {
  effect: () => T;
  /** Part of the effect, where the process dies meanwhile. */
  partly?: () => void;
  onFault?: (error: Error) => T;
}

export class SimProcess {
  readonly plan: Plan;
  /** Every operation so far, in the order of the calls. */
  readonly operations: Operation[] = [];
  /** The operation that failed as planned, once it has. */
  fault: Fault | undefined;
  /** Resolves when the process has died. */
  readonly crashed: Promise<void>;
  /** Chance of short and interrupted writes, and of short reads. */
  readonly trouble: Random;
  /** Chance of what is lost. */
  readonly damage: Random;
  readonly #latency: Random;
  /** Operations that were called and have not happened yet. */
  readonly #underWay = new Set<Call<unknown>>();
  readonly #onCrash: () => void;
  #running = true;

  constructor(plan: Plan) {
    this.plan = plan;
    const random = new Random(plan.seed ?? 0);
    this.#latency = random.fork();
    this.trouble = random.fork();
    this.damage = random.fork();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.crashed = promise;
    this.#onCrash = resolve;
  }

  /** Whether the process lives: what it is told afterwards, nobody hears. */
  get running(): boolean {
    return this.#running;
  }

  /** Draws whether a call that may do so answers at once. */
  answersAtOnce(): boolean {
    return !this.plan.latency || this.#latency.chance(0.5);
  }

  /** Does it now and answers now; nothing comes where the process is dead. */
  performAtOnce<T>(
    kind: OperationKind,
    path: string,
    call: Call<T>,
  ): T | Promise<T> {
    const planned = this.#begin(kind, path, call);
    return planned ? planned() : never();
  }

  /** Does it after a while, and answers after another one. */
  async perform<T>(
    kind: OperationKind,
    path: string,
    call: Call<T>,
  ): Promise<T> {
    const planned = this.#begin(kind, path, call);
    if (!planned) return await never();
    this.#underWay.add(call);
    await this.#wait(kind);
    if (!this.#running) return await never();
    this.#underWay.delete(call);
    const result = attempt(planned);
    await this.#wait(kind);
    if (!this.#running) return await never();
    return result();
  }

  /** Numbers a call and says what it does; nothing where the process is dead. */
  #begin<T>(
    kind: OperationKind,
    path: string,
    call: Call<T>,
  ): (() => T) | undefined {
    if (!this.#running) return undefined;
    const operation = { index: this.operations.length, kind, path };
    this.operations.push(operation);
    const { onOperation } = this.plan;
    if (onOperation?.index === operation.index) onOperation.act();
    if (operation.index === this.plan.crashAt) {
      this.#underWay.add(call);
      this.die();
      return undefined;
    }
    if (operation.index !== this.plan.faultAt) return call.effect;
    const error = faultOf(operation, this.damage);
    return () => {
      this.fault = { operation, error };
      if (call.onFault) return call.onFault(error);
      throw error;
    };
  }

  /** What was under way happens, or does not, and nothing ever after. */
  die(): void {
    for (const { effect, partly } of this.#underWay) {
      const fate = this.damage.below(3);
      if (fate === 0) attempt(effect);
      if (fate === 1 && partly) attempt(partly);
    }
    this.#underWay.clear();
    this.#running = false;
    this.#onCrash();
  }

  async #wait(kind: OperationKind): Promise<void> {
    if (!this.plan.latency) return;
    const slow = kind === "sync" || kind === "syncData" || kind === "syncDir";
    const count = this.#latency.below(slow ? 6 : 3);
    if (count === 0) await microtasks(this.#latency.below(5));
    else await turns(count);
  }
}

/** Does it now, and gives the result, or the error, when asked. */
function attempt<T>(effect: () => T): () => T {
  try {
    const value = effect();
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}
