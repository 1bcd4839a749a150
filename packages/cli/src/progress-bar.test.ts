import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProgressBar } from './progress-bar.ts';

function barAt(clock: { now: number }, columns = 80) {
  let text = '';
  const waiting = new Set<() => void>();
  const sink = {
    columns,
    write(more: string) {
      text += more;
    },
  };
  const later = (_: number, work: () => void) => {
    waiting.add(work);
    return () => void waiting.delete(work);
  };
  const aSecondPasses = () => {
    for (const work of waiting) work();
  };
  return { bar: new ProgressBar(sink, () => clock.now, later), written: () => text, aSecondPasses };
}

test('nothing is shown for what ends within a second', () => {
  const clock = { now: 0 };
  const { bar, written } = barAt(clock);
  const task = bar.start('signing', 10);
  clock.now = 900;
  task.advance(5);
  task.done();
  assert.equal(written(), '');
});

test('longer work shows how far it is, and leaves no trace', () => {
  const clock = { now: 0 };
  const { bar, written } = barAt(clock);
  const task = bar.start('signing', 10);
  clock.now = 1000;
  task.advance(5);
  assert.equal(written(), `\r\u001b[Ksigning   50 %  ${'█'.repeat(12)}${'░'.repeat(12)}`);
  task.done();
  assert.ok(written().endsWith('\r\u001b[K'));
  task.advance(1);
  assert.ok(written().endsWith('\r\u001b[K'), 'a task that ended stays silent');
});

test('a name from outside does nothing to the terminal', () => {
  const clock = { now: 0 };
  const { bar, written } = barAt(clock);
  const task = bar.start('verifying evil\u009b2J\u202e', 10);
  clock.now = 1000;
  task.advance(5);
  assert.ok(written().startsWith('\r\u001b[Kverifying evil\\u009b2J\\u202e  '), written());
});

test('it is redrawn ten times a second at most, and never wraps', () => {
  const clock = { now: 0 };
  const { bar, written } = barAt(clock, 20);
  const task = bar.start('a label of many words', 1000);
  for (clock.now = 1000; clock.now < 1100; clock.now++) task.advance(1);
  assert.equal(written(), '\r\u001b[Ka label of many wor');
});

test('work of unknown length shows its steps', () => {
  const clock = { now: 0 };
  const { bar, written } = barAt(clock);
  const task = bar.start('reading');
  clock.now = 2000;
  task.advance(7);
  assert.ok(written().endsWith('reading  7'));
});

test('work of one long step shows what it is', () => {
  const { bar, written, aSecondPasses } = barAt({ now: 0 });
  const short = bar.start('short work');
  short.done();
  const task = bar.start('compressing the indexes of noarch');
  aSecondPasses();
  assert.equal(written(), '\r\u001b[Kcompressing the indexes of noarch  …');
  task.done();
  assert.ok(written().endsWith('\r\u001b[K'));
});
