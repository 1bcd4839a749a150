/** A channel, its clients and those between them, from one step to the next. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ContentTrustError } from '@antivenom/core';
import { type Answers, forged, honest, mixed, rootVersion, Stolen } from './attackers.ts';
import { ChannelFollower, type Follower, TufFollower } from './follower.ts';
import { Owner, START } from './owner.ts';
import { assertAllowed, assertHonestOutcome, type Refresh } from './rules.ts';
import type { Step } from './steps.ts';

const HOUR = 3_600_000;

class World {
  readonly #owner: Owner;
  readonly #stolen = new Stolen();
  readonly #clients: readonly Follower[];
  /** Of each client that has begun. */
  readonly #seenYanks = new Map<Follower, Set<string>>();
  #now = START;

  constructor(owner: Owner, place: string) {
    this.#owner = owner;
    const folder = (name: string) => join(place, name);
    this.#clients = [
      new TufFollower(folder('tuf-1')),
      new ChannelFollower(folder('home')),
      new TufFollower(folder('tuf-2')),
    ];
  }

  async run(step: Step): Promise<void> {
    switch (step.do) {
      case 'wait':
        this.#now += step.hours * HOUR;
        return;
      case 'steal': {
        const keys = await this.#owner.onlineKeys(step.role);
        const key = keys[step.key % keys.length];
        if (key !== undefined) this.#stolen.add(step.role, key);
        return;
      }
      case 'follow':
        return this.#followHonest(step.client, step.hoursBack);
      case 'follow nobody': {
        const { outcome } = await this.#follow(step.client, () => 'unreachable');
        assert.ok(outcome instanceof ContentTrustError);
        assert.match(outcome.code, /^(unreachable|expired)$/, outcome.message);
        return;
      }
      case 'mix':
        await this.#follow(step.client, mixed(this.#owner, step));
        return;
      case 'forge':
        for (const role of step.stealing) {
          for (const key of await this.#owner.onlineKeys(role)) this.#stolen.add(role, key);
        }
        await this.#follow(step.client, await forged(this.#owner, this.#stolen, step));
        return;
      default:
        return this.#owner.run(step, this.#now);
    }
  }

  /** Whatever happened, the newest publication is accepted, or refused for a reason. */
  async end(): Promise<void> {
    for (const [at, client] of this.#clients.entries()) {
      if (this.#seenYanks.has(client)) await this.#followHonest(at);
    }
  }

  async #followHonest(at: number, hoursBack = 0): Promise<void> {
    const refresh = await this.#follow(at, honest(this.#owner), hoursBack);
    assertHonestOutcome(refresh, this.#owner, this.#stolen);
  }

  async #follow(at: number, answers: Answers, hoursBack = 0): Promise<Refresh> {
    const client = this.#clients[at];
    assert.ok(client);
    if (!this.#seenYanks.has(client)) await client.begin(this.#owner.root(1).bytes);
    const seenYanks = this.#seenYanks.get(client) ?? new Set();
    const before = client.memory();
    const clock = this.#now - hoursBack * HOUR;
    const roots = new Map<number, Uint8Array>();
    const outcome = await client.follow((path) => {
      const [answer, version] = [answers(path), rootVersion(path)];
      if (version !== undefined && answer instanceof Uint8Array) roots.set(version, answer);
      return answer;
    }, clock);
    const now = Math.max(clock, before.acceptedAt);
    const refresh = { before, after: client.memory(), outcome, roots, now, reads: client.reads, seenYanks };
    assertAllowed(refresh, this.#owner, this.#stolen);
    const told = outcome instanceof ContentTrustError ? undefined : outcome.yanked;
    this.#seenYanks.set(client, new Set([...seenYanks, ...(told ?? [])]));
    return refresh;
  }
}

/** Sequences of steps, each in a folder of its own, from one and the same channel on. */
export class Worlds implements AsyncDisposable {
  readonly #place: string;

  static async open(): Promise<Worlds> {
    // Where files are flushed to memory, so that thousands of sequences wear out no disk.
    const memory = '/dev/shm';
    const place = mkdtempSync(join(existsSync(memory) ? memory : tmpdir(), 'antivenom-model-'));
    await Owner.begin(join(place, 'template'));
    return new Worlds(place);
  }

  private constructor(place: string) {
    this.#place = place;
  }

  /** @throws AssertionError where one of them led to what must not be */
  async play(steps: readonly Step[]): Promise<void> {
    const place = mkdtempSync(join(this.#place, 'world-'));
    try {
      const world = new World(await Owner.of(join(this.#place, 'template'), join(place, 'owner')), place);
      for (const step of steps) await world.run(step);
      await world.end();
    } finally {
      rmSync(place, { recursive: true });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    rmSync(this.#place, { recursive: true });
  }
}
