/** What a command behind `exec` is given, so that the clients it starts ask the proxy: variables, and files that these name. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getCACertificates } from 'node:tls';
import { UsageError } from '@antivenom/core';
import { readFileIfThere } from '@antivenom/node';
import { parseDocument } from 'yaml';
import { keptProxies, OWN_PROXIES } from '../own-proxies.ts';
import type { World } from '../world.ts';
import { mambaConfigurations } from './mamba-configurations.ts';
import type { RunFolder } from './run-folder.ts';

export interface ProxySettings {
  /** With its password. */
  readonly url: string;
  /** PEM. */
  readonly authority: string;
  /** Original address → where mirror settings lead to, with the password. */
  readonly mirrors: ReadonlyMap<string, string>;
}

export type Variables = Readonly<Record<string, string | undefined>>;

/** Both spellings of these are set, and `NO_PROXY` is in neither. */
const PROXIES = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'];
const AUTHORITIES = [
  'SSL_CERT_FILE',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  'CONDA_SSL_VERIFY',
  'MAMBA_SSL_VERIFY',
  'NODE_EXTRA_CA_CERTS',
];
/** Each turns off what is set here. */
const REMOVED = ['NO_PROXY', 'no_proxy', 'MAMBA_NO_ENV', 'MAMBA_NO_RC', 'PIXI_NO_CONFIG'];

/**
 * Writes the files into the run's folder.
 *
 * @returns the variables that differ from the user's own; undefined for those that are not there
 * @throws UsageError `usage` for a configuration of the user's that cannot be read
 */
export async function clientSettings(
  proxy: ProxySettings,
  folder: RunFolder,
  { env, cwd, userHome }: Pick<World, 'env' | 'cwd' | 'userHome'>,
): Promise<Variables> {
  const bundle = join(folder.path, 'authorities.pem');
  const condarc = join(folder.path, 'condarc.yaml');
  const pixi = join(folder.path, 'pixi.toml');
  await writeOwn(bundle, [proxy.authority, ...getCACertificates('default'), ...getCACertificates('system')].join('\n'));
  await writeOwn(condarc, await condaConfiguration(env['CONDARC'], proxy, bundle));
  await writeOwn(pixi, rattlerConfiguration(proxy));
  const spellings = PROXIES.flatMap((name) => [name, name.toLowerCase()]);
  return Object.fromEntries([
    ...REMOVED.map((name) => [name, undefined]),
    ...spellings.map((name) => [name, proxy.url]),
    ...AUTHORITIES.map((name) => [name, bundle]),
    ['NODE_USE_ENV_PROXY', '1'],
    // For prompts, and for scripts that ask where they run.
    ['ANTIVENOM_EXEC', '1'],
    [OWN_PROXIES, keptProxies(env)],
    ['CONDARC', condarc],
    ['MAMBARC', [condarc, ...(await mambaConfigurations({ env, cwd, userHome }))].join(',')],
    ['PIXI_CONFIG_FILE', pixi],
    ['CONDA_PKGS_DIRS', folder.condaPackages],
    ['MAMBA_PKGS_DIRS', folder.condaPackages],
    ['RATTLER_CACHE_DIR', folder.rattlerCache],
    ['PIXI_CACHE_DIR', folder.rattlerCache],
  ]);
}

/** The file that `CONDARC` names wins over the other files of conda: what the user has there stays, but for the proxy. */
async function condaConfiguration(
  own: string | undefined,
  { url, mirrors }: ProxySettings,
  bundle: string,
): Promise<string> {
  // A proxy for a host wins over one for all, also where another file names it.
  const hosts = [...mirrors.keys()]
    .map((channel) => new URL(channel))
    .map(({ protocol, hostname }) => `${protocol}//${hostname}`);
  const text = own ? await readFileIfThere(own) : undefined;
  const document = parseDocument(text === undefined ? '{}' : new TextDecoder().decode(text));
  if (document.errors.length > 0 || !(document.contents === null || 'items' in document.contents)) {
    throw new UsageError('usage', `${own}, which CONDARC names, is no configuration of conda`, {
      hint: 'Mend it, or unset CONDARC.',
    });
  }
  document.set('proxy_servers', Object.fromEntries(['http', 'https', ...hosts].map((key) => [key, url])));
  document.set('ssl_verify', bundle);
  return document.toString({ flowCollectionPadding: false });
}

/** @see https://pixi.sh/latest/reference/pixi_configuration/ */
function rattlerConfiguration({ url, mirrors }: ProxySettings): string {
  const quoted = (text: string) => JSON.stringify(text);
  const lines = [...mirrors].map(([from, to]) => `${quoted(from)} = [${quoted(to)}]`);
  return ['[proxy-config]', `http = ${quoted(url)}`, `https = ${quoted(url)}`, '', '[mirrors]', ...lines, ''].join(
    '\n',
  );
}

/** It holds the password. */
async function writeOwn(path: string, text: string): Promise<void> {
  await writeFile(path, text, { mode: 0o600 });
}
