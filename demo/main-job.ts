/**
 * `npm start`: a channel is made, signed, published and proved, then tampered with in every way that we can think of.
 * `npm start -- CHANNEL_FOLDER` plays with a copy of a real channel. Ends with 0 only if everything that is good passed
 * and everything that is not was refused, each with the code it should have.
 */
import { cp, mkdir, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { copyOfChannel, ownChannel } from './channels.ts';
import { Screen } from './screen.ts';
import { type Answer, type Person, Stage } from './stage.ts';
import { findVictim, type Played, type Tampering, tamperings } from './tamperings.ts';

const DAY = 86_400_000;

async function play(stage: Stage, screen: Screen, original: string | undefined): Promise<boolean> {
  const run = async (person: Person, words: readonly string[]): Promise<Answer> => {
    screen.command(person, words);
    const answer = await stage.antivenom(person, words);
    screen.answer(answer.stdout + answer.stderr);
    if (answer.status !== 0) throw new Error(`antivenom ${words[0]} ended with ${answer.status}`);
    return answer;
  };

  screen.title('Antivenom: a conda channel proves what it serves, and its users refuse what was not proved.');

  screen.scene('A channel');
  const source = join(stage.folder, 'my-channel');
  const channel = original === undefined ? await ownChannel(source) : await copyOfChannel(original, source);
  screen.say(channel.described);

  screen.scene('Its owner makes keys, once');
  const { stdout: ceremony } = await run('owner', ['init', 'my-channel']);
  const fingerprint = /^ *([0-9a-f]{64})$/m.exec(ceremony)?.[1];
  if (fingerprint === undefined) throw new Error('init told no fingerprint');

  screen.scene('… signs it, and publishes it as a folder that any web server can serve');
  const published = join(stage.folder, 'published/my-channel');
  const sign = ['sign', 'my-channel', '--out', 'published/my-channel', ...(channel.rebuild ? ['--rebuild'] : [])];
  await run('owner', sign);

  screen.scene('A consumer, who has the address and the fingerprint of the root in hand, and nothing else');
  const { url } = stage;
  await run('consumer', ['trust', 'add', url, '--fingerprint', fingerprint]);
  await run('consumer', ['verify', 'channel', url]);
  const victim = await findVictim(published);
  if (victim === undefined)
    throw new Error('the channel has no subdir whose records are all signed and one of whose packages is there');
  await run('consumer', ['verify', 'package', `${url}/${victim.subdir}/${victim.file}`, '--channel', url]);

  screen.scene('The owner adds a package; what was signed keeps its signatures');
  const earlier = join(stage.folder, 'earlier');
  await cp(published, join(earlier, 'my-channel'), { recursive: true });
  const added = await channel.grow();
  await run('owner', sign);
  await run('consumer', ['verify', 'package', `${url}/${added}`, '--channel', url]);

  screen.scene('A neighbour trusts record signatures alone, as conda does');
  await run('neighbour', [
    'trust',
    'add',
    url,
    '--root',
    'published/my-channel/cct/1.root.json',
    '--metadata',
    `${url}/cct`,
  ]);
  await run('neighbour', ['verify', 'channel', url, '--subdir', victim.subdir]);

  screen.scene('Now others lay their hands on it: each time on a fresh copy, at the same address');
  const strangers = await strangersChannel(stage, source);
  const tooLate = `${new Date(Date.now() + 30 * DAY).toISOString().slice(0, 19)}Z`;
  const played: Played = { url, victim, earlier, strangers, fingerprint, tooLate };
  const all = tamperings(played);
  let refused = 0;
  for (const tampering of all) if (await isRefused(tampering, stage, screen)) refused++;

  screen.scene('And the channel itself, untouched, before the same consumer');
  await stage.serve(join(stage.folder, 'published'));
  await run('consumer', ['verify', 'channel', url]);
  await run('neighbour', ['verify', 'channel', url, '--subdir', victim.subdir]);

  const good = refused === all.length;
  screen.verdict(good, `${refused} of ${all.length} tamperings were refused, and what is good passed.`);
  return good;
}

/** The same packages in a folder whose keys are a stranger's. */
async function strangersChannel(stage: Stage, source: string): Promise<string> {
  const folder = join(stage.folder, 'strangers');
  await mkdir(folder);
  await copyOfChannel(source, join(folder, 'my-channel'));
  for (const command of ['init', 'sign']) {
    const { status, stderr } = await stage.antivenom('thief', [command, 'strangers/my-channel']);
    if (status !== 0) throw new Error(stderr);
  }
  return folder;
}

async function isRefused(tampering: Tampering, stage: Stage, screen: Screen): Promise<boolean> {
  const { title, tamper, who, words, code } = tampering;
  const copy = await stage.copyOf('published');
  await stage.serve((await tamper(join(copy, 'my-channel'))) ?? copy);
  // Side by side, since neither may leave anything behind that the other could stumble over.
  const [told, json] = await Promise.all([stage.antivenom(who, words), stage.antivenom(who, [...words, '--json'])]);
  await rm(copy, { recursive: true });
  const found = json.status === 1 ? JSON.parse(json.stdout).code : undefined;
  const good = told.status === 1 && told.stderr.includes('antivenom: refused: ') && found === code;
  screen.refusal(title, told.stdout + told.stderr, good);
  if (!good)
    screen.answer(`expected: ${code}, exit 1. It ended with ${told.status} and ${json.status}: ${json.stdout}`);
  return good;
}

const [original] = process.argv.slice(2);
if (original !== undefined && !(await stat(original).catch(() => undefined))?.isDirectory()) {
  console.error(`${original} is not a folder. npm start -- CHANNEL_FOLDER plays with a copy of a real channel.`);
  process.exit(2);
}
const stage = await Stage.open();
const colour = process.stdout.isTTY === true && !process.env['NO_COLOR'];
const screen = new Screen((text) => process.stdout.write(text), colour, stage.folder, process.stdout.columns);
const leave = async (status: number) => {
  await stage.close();
  process.exit(status);
};
process.once('SIGINT', () => leave(130));
process.once('SIGTERM', () => leave(143));
try {
  const good = await play(stage, screen, original === undefined ? undefined : resolve(original));
  await leave(good ? 0 : 1);
} catch (error) {
  screen.verdict(false, `The play was cut short: ${error instanceof Error ? error.message : error}`);
  await leave(1);
}
