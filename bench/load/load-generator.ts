import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { end, forkChild } from '../child.ts';
import type { LoadAnswer, LoadFigures, LoadJob } from './job.ts';

const PROGRAM = fileURLToPath(new URL('./generator.ts', import.meta.url));

/** The load generator's process, as the bench sees it. */
export class LoadGenerator {
  readonly #child: ChildProcess;

  constructor() {
    this.#child = forkChild(PROGRAM);
  }

  /** One job at a time. @throws at the first answer that is not as expected */
  run(job: LoadJob): Promise<LoadFigures> {
    return new Promise((resolve, reject) => {
      const onExit = () => reject(new Error('the load generator has ended'));
      this.#child.once('exit', onExit).once('message', (answer: LoadAnswer) => {
        this.#child.off('exit', onExit);
        if ('figures' in answer) resolve(answer.figures);
        else reject(new Error(answer.error));
      });
      this.#child.send(job);
    });
  }

  stop(): Promise<void> {
    return end(this.#child);
  }
}
