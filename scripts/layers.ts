/** Who may import whom: the table of docs/architecture.md, held against what the sources say. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { bareCode, type SourceImport, sourceImports } from './source-imports.ts';

/** Folder below `packages/` → the packages of ours that it may import. */
export const MAY_IMPORT: ReadonlyMap<string, readonly string[]> = new Map([
  ['core', []],
  ['node', ['core']],
  ['client', ['core', 'node']],
  ['signers', ['core', 'node']],
  ['publisher', ['core', 'node', 'signers']],
  ['gateway', ['core', 'node', 'client']],
  ['cli', ['core', 'node', 'client', 'signers', 'publisher', 'gateway']],
  ['testkit', ['core', 'node', 'signers', 'publisher']],
]);
/** What core may import besides its own files. */
const CORE_IMPORTS = new Set(['yaml']);
/** These may read the world around them; everything below gets it as arguments. */
const READS_THE_WORLD = new Set(['cli', 'testkit']);
const WORLD = /\bprocess\.(?:env|argv|cwd)\b|\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bperformance\.now\(/;

interface Package {
  readonly folder: string;
  readonly name: string;
  readonly exports: ReadonlySet<string>;
  /** Names of all packages it depends on when it runs. */
  readonly dependencies: ReadonlySet<string>;
}

interface Source {
  /** Relative to the checkout, with `/`. */
  readonly path: string;
  readonly absolute: string;
  /** Folder of its package; undefined for tests, demo, bench and scripts at the top. */
  readonly pkg: string | undefined;
  /** Or a benchmark that stands with its package. */
  readonly isTest: boolean;
  readonly imports: readonly SourceImport[];
}

/** One sentence for each violation, `PATH:LINE: …`. */
export function layerViolations(checkout: string): string[] {
  const packages = readPackages(checkout);
  const sources = readSources(checkout);
  return [
    ...[...packages.values()].flatMap((pkg) => manifestViolations(pkg, packages)),
    ...sources.flatMap((source) => sourceViolations(source, packages)),
    ...cycles(sources),
  ];
}

function readPackages(checkout: string): Map<string, Package> {
  const packages = new Map<string, Package>();
  for (const folder of readdirSync(join(checkout, 'packages'))) {
    const manifest = join(checkout, 'packages', folder, 'package.json');
    if (!existsSync(manifest)) continue;
    const { name, exports = {}, dependencies = {} } = JSON.parse(readFileSync(manifest, 'utf8'));
    packages.set(folder, {
      folder,
      name,
      exports: new Set(Object.keys(exports)),
      dependencies: new Set(Object.keys(dependencies)),
    });
  }
  return packages;
}

function readSources(checkout: string): Source[] {
  return ['packages', 'tests', 'demo', 'bench', 'scripts'].flatMap((top) => {
    if (!existsSync(join(checkout, top))) return [];
    return typescriptBelow(join(checkout, top)).map((absolute) => {
      const path = relative(checkout, absolute).replaceAll(sep, '/');
      return {
        path,
        absolute,
        pkg: /^packages\/([^/]+)\//.exec(path)?.[1],
        isTest: path.endsWith('.test.ts') || /^packages\/[^/]+\/bench\//.test(path),
        imports: sourceImports(readFileSync(absolute, 'utf8')),
      };
    });
  });
}

function typescriptBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return ['node_modules', 'dist'].includes(entry.name) ? [] : typescriptBelow(path);
    return entry.name.endsWith('.ts') && !entry.name.endsWith('.d.ts') ? [path] : [];
  });
}

function manifestViolations(pkg: Package, packages: ReadonlyMap<string, Package>): string[] {
  const manifest = `packages/${pkg.folder}/package.json:1`;
  const allowed = MAY_IMPORT.get(pkg.folder);
  if (allowed === undefined) return [`${manifest}: this package is not in the table of who may import whom`];
  return [...packages.values()]
    .filter(({ name, folder }) => pkg.dependencies.has(name) && !allowed.includes(folder))
    .map(({ folder }) => `${manifest}: ${pkg.folder} may not depend on ${folder}`);
}

function sourceViolations(source: Source, packages: ReadonlyMap<string, Package>): string[] {
  const found = source.imports.flatMap(({ specifier, line }) => {
    const reason = specifier === undefined ? 'a computed import' : importViolation(source, specifier, packages);
    return reason === undefined ? [] : [`${source.path}:${line}: ${reason}`];
  });
  if (source.pkg !== undefined && !source.isTest && !READS_THE_WORLD.has(source.pkg)) {
    const lines = bareCode(readFileSync(source.absolute, 'utf8')).split('\n');
    for (const [at, text] of lines.entries()) {
      const read = WORLD.exec(text)?.[0];
      if (read !== undefined) found.push(`${source.path}:${at + 1}: ${source.pkg} gets ${read} as an argument`);
    }
  }
  return found;
}

function importViolation(
  source: Source,
  specifier: string,
  packages: ReadonlyMap<string, Package>,
): string | undefined {
  if (specifier.startsWith('.')) return relativeViolation(source, specifier);
  const imported = [...packages.values()].find(
    ({ name }) => specifier === name || specifier.startsWith(`${name}/`) || specifier.startsWith(`${name}\\`),
  );
  if (imported === undefined) {
    if (source.pkg !== 'core' || source.isTest || CORE_IMPORTS.has(specifier)) return undefined;
    return `core imports nothing but its own files, and not ${specifier}`;
  }
  if (!imported.exports.has(`.${specifier.slice(imported.name.length)}`)) {
    return `${imported.name} is entered through its exports, and not by ${specifier}`;
  }
  // A test may use every package; outside packages there is nothing but tests, demo, bench and scripts.
  if (source.pkg === undefined || source.isTest) return undefined;
  if (MAY_IMPORT.get(source.pkg)?.includes(imported.folder)) {
    if (packages.get(source.pkg)?.dependencies.has(imported.name)) return undefined;
    return `${imported.name} is missing in the dependencies of ${source.pkg}`;
  }
  return `${source.pkg} may not import ${imported.folder}`;
}

function relativeViolation(source: Source, specifier: string): string | undefined {
  const target = resolve(dirname(source.absolute), specifier);
  if (!existsSync(target)) return `${specifier} is not there`;
  const checkout = source.absolute.slice(0, -source.path.length);
  const path = relative(checkout, target).replaceAll(sep, '/');
  const pkg = /^packages\/([^/]+)\//.exec(path)?.[1];
  if (pkg !== source.pkg) return `${path} is of another package: import the package by its name`;
  if (path.endsWith('.test.ts')) return `${path} is a test, which nobody imports`;
  return undefined;
}

/** Circles of files that import each other, types included; each is told once. */
function cycles(sources: readonly Source[]): string[] {
  const byPath = new Map(sources.map((source) => [source.absolute, source]));
  const found: string[] = [];
  const finished = new Set<Source>();
  const trail: Source[] = [];
  const visit = (source: Source) => {
    if (finished.has(source)) return;
    const start = trail.indexOf(source);
    if (start !== -1) {
      const circle = [...trail.slice(start), source].map(({ path }) => path);
      found.push(`${source.path}:1: a circle of imports: ${circle.join(' → ')}`);
      return;
    }
    trail.push(source);
    for (const { specifier } of source.imports) {
      if (!specifier?.startsWith('.')) continue;
      const imported = byPath.get(resolve(dirname(source.absolute), specifier));
      if (imported !== undefined) visit(imported);
    }
    trail.pop();
    finished.add(source);
  };
  for (const source of sources) visit(source);
  return found;
}
