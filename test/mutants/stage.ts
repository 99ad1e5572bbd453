/** A node whose threads are played in this one, over sources that may have a mutant in them: loaded anew for each. */
import { realFiles } from '../../src/base/index.ts';
import { loadKernelModule } from '../../src/batch/index.ts';
import { Admission, Pressure } from '../../src/ingest/index.ts';
import { Deliveries } from '../../src/pipeline/live/deliveries.ts';
import { DetectThread } from '../../src/pipeline/live/detect-thread.ts';
import { Door } from '../../src/pipeline/live/door.ts';
import { DoorThread } from '../../src/pipeline/live/door-thread.ts';
import { JournalThread } from '../../src/pipeline/live/journal-thread.ts';
import { LiveNode } from '../../src/pipeline/live/node.ts';
import { noRules } from '../../src/pipeline/live/rule-set.ts';
import { loadRuleSet } from '../../src/pipeline/live/rule-sets.ts';
import { eventsDoor } from '../../src/server/events-door.ts';
import { Detections } from '../../src/store/index.ts';
import { Stage } from '../simulation/machine.ts';

export type Node = LiveNode;
export type Rules = Parameters<LiveNode['changeRules']>[0];
export type EventsDoor = ReturnType<typeof eventsDoor>;

export interface Opened {
  readonly node: LiveNode;
  readonly door: EventsDoor;
  readonly deliveries: Deliveries;
  /** Lets the threads stand still for good. */
  stop(): void;
}

export async function openStaged(folder: string, onBroken: (error: Error) => void): Promise<Opened> {
  const stage = new Stage({
    files: realFiles,
    now: Date.now(),
    module: loadKernelModule(),
    loadRuleSet,
    copies: true,
    start: {
      journal: (main, machine) => void new JournalThread(main, machine),
      detect: (main, machine) => void new DetectThread(main, machine, (place) => new Detections(`${place}/detect.db`)),
      door: (main, machine) => void new DoorThread(main, machine, (module) => new Door(module, noRules())),
    },
  });
  let at = performance.now();
  let running = true;
  const run = (): void => {
    for (const lane of stage.ready) stage.step(lane);
    const now = performance.now();
    stage.pass(now - at);
    at = now;
    if (running) setImmediate(run);
  };
  setImmediate(run);
  const stop = (): void => {
    running = false;
  };
  const node = await LiveNode.open({ folder, threads: 1, version: 'test', latenessMs: 0, machine: stage, onBroken });
  const deliveries = new Deliveries(node, { keys: () => Promise.resolve([]), notes: () => Promise.resolve([]) });
  const door = eventsDoor({
    deliveries: () => deliveries,
    admission: new Admission({ pressure: () => new Pressure().state }),
    onAnswer: () => {},
  });
  return { node, door, deliveries, stop };
}
