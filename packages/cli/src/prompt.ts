import { UsageError } from '@antivenom/core';
import type { World } from './world.ts';

type Terminal = Pick<World, 'stdin' | 'stderr'>;

/** Whether there is a person to ask: a terminal to type at, and one to read the question on. */
export function canAsk({ stdin, stderr }: Terminal): boolean {
  return stdin.isTTY === true && stderr.isTTY === true && stdin.setRawMode !== undefined;
}

/**
 * Asks for one line that is not shown while it is typed.
 *
 * @throws UsageError `usage` where the person ends the input instead; Ctrl-C interrupts the process as it does elsewhere
 */
export async function askHidden(question: string, { stdin, stderr }: Terminal): Promise<string> {
  stderr.write(question);
  stdin.setRawMode?.(true);
  stdin.setEncoding('utf8');
  stdin.resume();
  try {
    return await new Promise<string>((resolve, reject) => {
      let typed: string[] = [];
      const onData = (text: string) => {
        for (const key of text) {
          if (key === '\r' || key === '\n') return end(() => resolve(typed.join('')));
          if (key === INTERRUPT) return end(() => process.kill(process.pid, 'SIGINT'));
          if (key === END_OF_INPUT) return end(() => reject(new UsageError('usage', 'no passphrase was typed')));
          if (key === BACKSPACE || key === '\b') typed.pop();
          else if (key === ERASE_LINE) typed = [];
          else if (key >= ' ') typed.push(key);
        }
      };
      const onEnd = () => end(() => reject(new UsageError('usage', 'no passphrase was typed')));
      const end = (then: () => void) => {
        stdin.off('data', onData);
        stdin.off('end', onEnd);
        then();
      };
      stdin.on('data', onData);
      stdin.on('end', onEnd);
    });
  } finally {
    stdin.pause();
    stdin.setRawMode?.(false);
    stderr.write('\n');
  }
}

const INTERRUPT = '\u0003';
const END_OF_INPUT = '\u0004';
const ERASE_LINE = '\u0015';
const BACKSPACE = '\u007f';
