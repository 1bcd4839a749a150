export { FileSigner } from './file-signer.ts';
export { type KeyFileHeader, openKeyFile, readKeyFileHeader, sealKeyFile } from './key-file.ts';
export { type KeyFile, readKeyFiles, retiredFolder, retireKeyFile } from './key-files.ts';
export { addKeys, type KeyMaking, loadKeys, makeKeys, type RoleSigners, storeKeys } from './key-folder.ts';
export { DEFAULT_SCRYPT_COST, PassphraseKeys, type ScryptCost, type ScryptParameters } from './passphrase-keys.ts';
export { type RawKey, readRawKey } from './raw-key-file.ts';
