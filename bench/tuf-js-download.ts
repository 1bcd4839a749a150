/** Downloads one target with tuf-js: metadata URL, targets URL, the trusted root, a folder, the target's path. */
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Updater } from 'tuf-js';

const [metadataBaseUrl = '', targetBaseUrl = '', root = '', folder = '', path = ''] = process.argv.slice(2);
const [metadataDir, targetDir] = [join(folder, 'metadata'), join(folder, 'targets')];
for (const dir of [metadataDir, targetDir]) mkdirSync(dir, { recursive: true });
cpSync(root, join(metadataDir, 'root.json'));
const updater = new Updater({ metadataBaseUrl, targetBaseUrl, metadataDir, targetDir });
await updater.refresh();
const target = await updater.getTargetInfo(path);
if (target === undefined) throw new Error(`no role lists ${path}`);
await updater.downloadTarget(target);
