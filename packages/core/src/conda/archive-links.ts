/** The places of an archive's tree, and where its symbolic links lead: each is followed once, so that chains and circles of
 * links cost no more than their text. */
import { VerificationError } from '../errors.ts';
import type { ArchiveNode } from './archive-node.ts';

/** A path's last segment, below the segment before it; without `node` where no entry names it. */
class Place {
  readonly above: Place | undefined;
  path = '';
  node: ArchiveNode | undefined;
  /** For a link: where it leads; `open` while that is being found out. */
  leadsTo: Place | 'nowhere' | 'open' | undefined;
  #below: Map<string, Place> | undefined;

  constructor(above?: Place) {
    this.above = above;
  }

  get(segment: string): Place | undefined {
    return this.#below?.get(segment);
  }

  set(segment: string, place: Place): void {
    this.#below ??= new Map();
    this.#below.set(segment, place);
  }
}

/** One link on its way: the segments of its target from `at` on are still to be gone, from `place`. */
interface Walk {
  readonly link: Place;
  readonly segments: readonly string[];
  at: number;
  place: Place | 'nowhere';
}

export class ArchiveLinks {
  readonly #root = new Place();
  readonly #maxPlaces: number;
  #places = 0;

  /**
   * @param nodes path → what stands there, paths as `safePath` gives them
   * @param maxPlaces folders, files and what links name, all told
   * @throws VerificationError `archive-unsafe` for an entry below a link or a file, for a link that leads out of the tree, and
   * past `maxPlaces`.
   */
  constructor(nodes: ReadonlyMap<string, ArchiveNode>, maxPlaces: number) {
    this.#maxPlaces = maxPlaces;
    const entries = [...nodes].map(([path, node]) => {
      const place = path.split('/').reduce((above, segment) => this.#below(above, segment), this.#root);
      place.path = path;
      place.node = node;
      return place;
    });
    for (const place of entries) refuseWritingThrough(place);
    for (const place of entries) if (place.node?.type === 'symlink') this.#follow(place);
  }

  /** What the link at `path` leads to; undefined where nothing stands there, or links go in circles. */
  target(path: string): ArchiveNode | undefined {
    let link: Place | undefined = this.#root;
    for (const segment of path.split('/')) link = link?.get(segment);
    const end = link?.leadsTo;
    return end instanceof Place ? end.node : undefined;
  }

  #below(above: Place, segment: string): Place {
    const known = above.get(segment);
    if (known !== undefined) return known;
    if (++this.#places > this.#maxPlaces) throw unsafe(`it has more than ${this.#maxPlaces} files and folders`);
    const place = new Place(above);
    above.set(segment, place);
    return place;
  }

  #follow(link: Place): void {
    if (link.leadsTo !== undefined) return;
    const walks = [startOf(link)];
    for (let walk = walks.at(-1); walk !== undefined; walk = walks.at(-1)) {
      const next = this.#advance(walk);
      if (next === undefined) {
        walk.link.leadsTo = walk.place;
        walks.pop();
      } else {
        walks.push(startOf(next));
      }
    }
  }

  /** Goes on to the end of the target, or up to a link that must be followed first. */
  #advance(walk: Walk): Place | undefined {
    for (; walk.at < walk.segments.length && walk.place !== 'nowhere'; walk.at++) {
      const segment = walk.segments[walk.at] as string;
      if (segment === '' || segment === '.') continue;
      if (segment === '..') {
        if (walk.place.above === undefined) throw outward(walk.link.path);
        walk.place = walk.place.above;
        continue;
      }
      const next = this.#below(walk.place, segment);
      if (next.node?.type !== 'symlink') walk.place = next;
      else if (next.leadsTo === undefined) return next;
      else walk.place = next.leadsTo === 'open' ? 'nowhere' : next.leadsTo;
    }
    return undefined;
  }
}

function startOf(link: Place): Walk {
  const { node, above, path } = link;
  if (node?.type !== 'symlink' || above === undefined) throw new TypeError(`${path} is no link`);
  const segments = node.target.split('/');
  refuseLexicallyOutward(path, segments);
  link.leadsTo = 'open';
  return { link, segments, at: 0, place: node.target === '' ? 'nowhere' : above };
}

/** Windows takes `..` off the text of a path before it follows any link. */
function refuseLexicallyOutward(path: string, segments: readonly string[]): void {
  let depth = path.split('/').length - 1;
  for (const segment of segments) {
    if (segment === '..') depth--;
    else if (segment !== '' && segment !== '.') depth++;
    if (depth < 0) throw outward(path);
  }
}

function refuseWritingThrough({ path, above }: Place): void {
  for (let place = above; place !== undefined; place = place.above) {
    if (place.node === undefined || place.node.type === 'directory') continue;
    throw unsafe(`${JSON.stringify(path)} would be written through ${JSON.stringify(place.path)}`, path);
  }
}

function outward(path: string): VerificationError {
  return unsafe(`the link ${JSON.stringify(path)} leads out of the package's tree`, path);
}

function unsafe(message: string, path?: string): VerificationError {
  return new VerificationError('archive-unsafe', message, path === undefined ? {} : { details: { path } });
}
