/** What Stryker loads of ours. */
import { declareClassPlugin, declareValuePlugin, PluginKind } from '@stryker-mutator/api/plugin';
import { messages } from './messages.ts';
import { InProcessTestRunner } from './test-runner.ts';

export const strykerPlugins = [
  declareClassPlugin(PluginKind.TestRunner, 'in-process', InProcessTestRunner),
  declareValuePlugin(PluginKind.Ignore, 'messages', messages),
];
