/**
 * What whoever stole an online key could have consumers believe, and until when. The owner ends it by giving the role another
 * key; for a consumer from whom a thief withholds that, it ends when something expires that his keys cannot sign.
 */
import { isTeamName, type RecordChain, type RoleStatus, YANK_ROLE } from '@antivenom/core';
import { isOnlineRole } from './role-plan.ts';

export interface TheftWindow {
  /** As `rotate` names it. */
  readonly role: string;
  /** The roles whose keys it takes besides: with the first one alone nothing is believed. */
  readonly with: readonly string[];
  /** What the keys are enough for, in the infinitive. */
  readonly does: string;
  /** `YYYY-MM-DDTHH:MM:SSZ`; as things stand, and in the past where consumers refuse the channel already. */
  readonly until: string;
  /** The role whose expiry that is, as `status` names it. */
  readonly endedBy: string;
}

const WHOLE_TUF = ['root', 'targets', 'snapshot', 'timestamp'];
const RECORDS =
  'sign records that pass where record evidence alone is asked for, and in conda, which looks at no expiry';

const DOES: ReadonlyMap<string, string> = new Map([
  ['index', 'list any package that no other role answers for'],
  [
    YANK_ROLE,
    'have any file refused, and hide what was yanked since the last offline signing from those who have not seen it',
  ],
  ['bins', 'list any package, for those who fetch packages as targets and read no index'],
]);

/** @param roles every role of the channel */
export function theftWindows(roles: readonly RoleStatus[]): TheftWindow[] {
  const those = (...names: string[]) => roles.filter(({ name }) => names.includes(name));
  // A team's expiry ends what it says of its own files, and nothing else.
  const delegated = roles.filter(({ name }) => !name.includes('/') && !WHOLE_TUF.includes(name) && !isTeamName(name));
  const offline = those('root', 'targets');
  const chain = (name: RecordChain['name']) => those(`${name}/root`, `${name}/key_mgr`);
  return [
    ...windowOf(
      {
        role: 'timestamp',
        with: [],
        does: 'hold consumers at what is published now, and have them refuse what follows',
      },
      [...offline, ...delegated, ...those('snapshot')],
    ),
    ...windowOf(
      { role: 'snapshot', with: ['timestamp'], does: 'show an earlier index to those who have seen no later one' },
      [...offline, ...delegated],
    ),
    ...delegated
      .filter(({ name }) => isOnlineRole(name))
      .flatMap(({ name }) => {
        const does = DOES.get(name) ?? `sign as ${name}`;
        // Whoever reads an index reads both of these.
        const read = ['index', YANK_ROLE];
        const others = read.includes(name) ? those(...read.filter((other) => other !== name)) : [];
        return windowOf({ role: name, with: ['snapshot', 'timestamp'], does }, [...offline, ...others]);
      }),
    ...windowOf({ role: 'pkg_mgr', with: [], does: RECORDS }, chain('cct')),
    ...windowOf({ role: 'mamba_pkg_mgr', with: [], does: 'sign records that mamba believes' }, chain('mamba')),
  ];
}

/** @param others those that the thief cannot sign, and without which nothing is believed; none where there is no such role */
function windowOf(theft: Omit<TheftWindow, 'until' | 'endedBy'>, others: readonly RoleStatus[]): TheftWindow[] {
  const [first] = others.toSorted((a, b) => Date.parse(a.expires) - Date.parse(b.expires));
  return first === undefined ? [] : [{ ...theft, until: first.expires, endedBy: first.name }];
}
