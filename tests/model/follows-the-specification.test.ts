/**
 * Random lives of a channel: publications, rotations, revocations, time that passes, thefts of online keys, and attackers
 * between it and three clients that look at random moments and remember. After each step what the clients took is judged by an
 * independent model of the specification, `rules.ts`.
 *
 * `ANTIVENOM_MODEL_SEQUENCES` and `ANTIVENOM_MODEL_SEED` say how many lives, and which; `ANTIVENOM_MODEL_PATH`, of a failure
 * that was reported, plays that one alone.
 */
import { randomInt } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { sequence } from './steps.ts';
import { Worlds } from './world.ts';

const { ANTIVENOM_MODEL_SEQUENCES, ANTIVENOM_MODEL_SEED, ANTIVENOM_MODEL_PATH: path } = process.env;
const seed = Number(ANTIVENOM_MODEL_SEED ?? randomInt(2 ** 31));
const all = Number(ANTIVENOM_MODEL_SEQUENCES ?? 200);
/** Played at a time: each waits for the disk now and then. */
const LANES = path === undefined ? 4 : 1;
const TOLD_EVERY = 1000;

let worlds: Worlds;
let played = 0;
before(async () => {
  console.log(`${all} random lives of a channel, seed ${seed}`);
  worlds = await Worlds.open();
});
after(() => worlds[Symbol.asyncDispose]());

describe('clients take what the specification allows, and nothing else', { concurrency: LANES }, () => {
  for (let lane = 0; lane < LANES; lane++) {
    const settings = { seed: seed + lane, numRuns: Math.ceil(all / LANES), ...(path === undefined ? {} : { path }) };
    test(`in ${settings.numRuns} random lives of a channel (seed ${settings.seed})`, async () => {
      const property = fc.asyncProperty(sequence, async (steps) => {
        await worlds.play(steps);
        if (++played % TOLD_EVERY === 0) console.log(`${played} of ${all}`);
      });
      await fc.assert(property, settings);
    });
  }
});
