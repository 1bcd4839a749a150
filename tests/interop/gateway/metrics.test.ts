/** Prometheus reads what the gateway counts. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { ChannelOwner, StagedChannel } from '@antivenom/testkit';

const promtool = process.env['ANTIVENOM_INTEROP_PROMTOOL'];
const tool = promtool === undefined ? { skip: 'ANTIVENOM_INTEROP_PROMTOOL is not set' } : {};

test('promtool finds nothing wrong with the metrics of a gateway that served and refused', tool, async () => {
  assert.ok(promtool);
  const owner = await ChannelOwner.make();
  try {
    await using channel = await StagedChannel.of(owner);
    await using gateway = await channel.gateway();
    channel.answer('linux-64/beta-2.0-h2_0.conda', { body: 'evil' });
    for (const path of [
      '/good/noarch/repodata.json',
      '/good/linux-64/beta-2.0-h2_0.conda',
      '/none/"x"\\y',
      '/metrics',
    ]) {
      await gateway.ask(path);
    }
    const { body } = await gateway.ask('/metrics');
    assert.match(String(body), /antivenom_refusals_total\{channel="good",code="length-mismatch"\} 1/);
    const { status, stdout, stderr } = spawnSync(promtool, ['check', 'metrics'], { input: body, encoding: 'utf8' });
    assert.deepEqual([status, stdout + stderr], [0, '']);
    const broken = spawnSync(promtool, ['check', 'metrics'], { input: 'antivenom_requests_total{', encoding: 'utf8' });
    assert.notEqual(broken.status, 0);
  } finally {
    await owner.remove();
  }
});
