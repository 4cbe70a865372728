import { Batcher } from './batcher.ts';
import type { Ledger } from './ledger.ts';
import type { Acceptance, Doubt, Ended, NewExecution, Refusal, Settlement, Submitted } from './records.ts';

/** The frequent writes of a ledger, one by one: those that come at the same time are committed together. */
export class GroupedWrites {
  readonly #submits: Batcher<NewExecution, Submitted>;
  readonly #acceptances: Batcher<Acceptance, true>;
  readonly #doubts: Batcher<Doubt, true>;
  readonly #refusals: Batcher<Refusal, true>;
  readonly #settlements: Batcher<Settlement, Ended>;

  constructor(ledger: Ledger) {
    this.#submits = new Batcher(
      (executions) => ledger.submitMany(executions),
      ({ request }) => request.payload?.length ?? 0,
    );
    this.#acceptances = new Batcher(forEach((acceptances) => ledger.recordAcceptedMany(acceptances)));
    this.#doubts = new Batcher(forEach((doubts) => ledger.recordDoubtMany(doubts)));
    this.#refusals = new Batcher(forEach((refusals) => ledger.requeueMany(refusals)));
    this.#settlements = new Batcher(
      (settlements) => ledger.settleMany(settlements),
      ({ outcome, resultRef }) =>
        (outcome.state === 'succeeded' && !resultRef && outcome.result?.length) || 0,
    );
  }

  submit(execution: NewExecution): Promise<Submitted> {
    return this.#submits.add(execution);
  }

  async recordAccepted(acceptance: Acceptance): Promise<void> {
    await this.#acceptances.add(acceptance);
  }

  async recordDoubt(doubt: Doubt): Promise<void> {
    await this.#doubts.add(doubt);
  }

  async requeue(refusal: Refusal): Promise<void> {
    await this.#refusals.add(refusal);
  }

  settle(settlement: Settlement): Promise<Ended> {
    return this.#settlements.add(settlement);
  }
}

/** Of a write without results: each item gets that it was written. */
function forEach<T>(write: (items: T[]) => Promise<void>): (items: T[]) => Promise<true[]> {
  return async (items) => {
    await write(items);
    return items.map(() => true);
  };
}
