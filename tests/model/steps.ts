/** What may happen to a channel, its clients and between them. Every step can follow every other, so that any sequence can shrink. */
import fc from 'fast-check';
import { LOWER_ROLES, type LowerRole, ROLES, type RoleName } from './metadata.ts';

/** Counted from the newest publication, 0, backwards; from the oldest again where there are fewer. */
type Back = number;

/** How one file is answered in place of the right one. */
export type Tampering = 'older' | 'newer' | 'cut' | 'flipped' | 'of another role' | 'absent' | 'unreachable';

/** What a forger makes of a role before he signs it. `rewound`: it lists what stood in an earlier publication. */
export type Forgery =
  | 'next version'
  | 'far ahead'
  | 'same version'
  | 'lower version'
  | 'lasting'
  | 'rewound'
  | 'dropping';

/** `stolen`: by every key of the role that was stolen so far, his own where there is none. */
export type Signing = 'stolen' | 'own' | 'kept' | 'under every id';

export type Step =
  | { readonly do: 'publish' }
  | { readonly do: 'refresh' }
  | { readonly do: 'renew' }
  | { readonly do: 'wait'; readonly hours: number }
  /** All keys of the role, or the one at this place. */
  | { readonly do: 'rotate'; readonly role: RoleName; readonly key?: number }
  | { readonly do: 'threshold'; readonly role: RoleName; readonly keys: number; readonly threshold: number }
  | { readonly do: 'revoke'; readonly role: RoleName; readonly key: number }
  /** One of the files that the index lists. */
  | { readonly do: 'yank'; readonly file: number }
  /** One of those that are yanked. */
  | { readonly do: 'unyank'; readonly file: number }
  | { readonly do: 'steal'; readonly role: LowerRole; readonly key: number }
  /** The client's clock may be set back. */
  | { readonly do: 'follow'; readonly client: number; readonly hoursBack?: number }
  /** The server does not answer. */
  | { readonly do: 'follow nobody'; readonly client: number }
  /** M: files that were once published, or parts of them. */
  | {
      readonly do: 'mix';
      readonly client: number;
      readonly back: Back;
      readonly tampered: readonly (readonly [RoleName, Tampering, Back])[];
    }
  /** S, O and A: files that were never published, after all keys of some roles were stolen. */
  | {
      readonly do: 'forge';
      readonly client: number;
      readonly back: Back;
      readonly stealing: readonly LowerRole[];
      readonly forged: readonly (readonly [RoleName, Forgery])[];
      readonly signing: Signing;
    };

/** What the owner does. */
export type OwnerStep = Extract<
  Step,
  { do: 'publish' | 'refresh' | 'renew' | 'rotate' | 'threshold' | 'revoke' | 'yank' | 'unyank' }
>;

const role = fc.constantFrom<RoleName[]>(...ROLES, 'timestamp', 'snapshot', 'index');
const lower = fc.constantFrom(...LOWER_ROLES.filter((name) => name !== 'targets'));
const few = fc.nat({ max: 2 });
// Some of them remember much.
const client = fc.constantFrom(0, 0, 1, 1, 2);
const back = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.nat({ max: 6 }) });

const tampered = fc.array(
  fc.tuple(
    fc.constantFrom<RoleName[]>(...ROLES, 'root', 'timestamp'),
    fc.constantFrom<Tampering[]>(
      'older',
      'older',
      'newer',
      'newer',
      'cut',
      'flipped',
      'of another role',
      'absent',
      'unreachable',
    ),
    fc.integer({ min: 1, max: 4 }),
  ),
  { maxLength: 2 },
);

const forged = fc.array(
  fc.tuple(
    // Offline roles too: nobody steals their keys, and everybody may try.
    fc.constantFrom<RoleName[]>(
      'timestamp',
      'timestamp',
      'timestamp',
      'snapshot',
      'snapshot',
      'index',
      'index',
      'yank',
      'targets',
      'root',
    ),
    fc.constantFrom<Forgery[]>(
      'next version',
      'far ahead',
      'same version',
      'lower version',
      'lasting',
      'rewound',
      'dropping',
    ),
  ),
  { minLength: 1, maxLength: 3 },
);

const keyPlan = fc.integer({ min: 1, max: 3 }).chain((keys) => {
  return fc.record({ keys: fc.constant(keys), threshold: fc.integer({ min: 1, max: keys }) });
});

export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ do: 'publish' } as const) },
  { weight: 2, arbitrary: fc.constant({ do: 'refresh' } as const) },
  { weight: 2, arbitrary: fc.constant({ do: 'renew' } as const) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('wait'), hours: fc.constantFrom(1, 30, 50, 100, 200, 700) }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('rotate'), role, key: few }, { requiredKeys: ['do', 'role'] }),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(role, keyPlan).map(([role, plan]) => ({ do: 'threshold' as const, role, ...plan })),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('revoke'), role, key: few }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('yank'), file: few }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('unyank'), file: few }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('steal'), role: lower, key: few }) },
  { weight: 7, arbitrary: fc.record({ do: fc.constant('follow'), client }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('follow'), client, hoursBack: fc.constantFrom(30, 200, 900) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('follow nobody'), client }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('mix'), client, back, tampered }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('forge'),
      client,
      back: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat({ max: 3 }) }),
      stealing: fc.constantFrom<LowerRole[][]>(
        [],
        ['timestamp'],
        ['timestamp', 'snapshot'],
        ['timestamp', 'snapshot'],
        ['timestamp', 'snapshot', 'index'],
        ['timestamp', 'snapshot', 'yank'],
      ),
      forged,
      signing: fc.oneof(
        { weight: 4, arbitrary: fc.constant<Signing>('stolen') },
        { weight: 1, arbitrary: fc.constantFrom<Signing[]>('own', 'kept', 'under every id') },
      ),
    }),
  },
);

/** What a thief of the role yank would do first: list nothing, so that what was taken back is forgotten. */
const hiding: fc.Arbitrary<Step> = fc.record({
  do: fc.constant('forge'),
  client: fc.constant(1),
  back: fc.constant(0),
  stealing: fc.constant<LowerRole[]>(['timestamp', 'snapshot', 'yank']),
  forged: fc.constant<[RoleName, Forgery][]>([['yank', 'next version']]),
  signing: fc.constant('stolen'),
});

export const sequence: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof({ weight: 30, arbitrary: step }, { weight: 2, arbitrary: hiding }),
  { minLength: 1, maxLength: 16, size: 'max' },
);
