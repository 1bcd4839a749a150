import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lifetimePlan, roleKeysPlan } from './role-options.ts';

test('roles are planned by name, those of conda-content-trust too', () => {
  assert.deepEqual(roleKeysPlan([{ role: 'key_mgr', threshold: 1, keys: 2 }]), { key_mgr: { threshold: 1, keys: 2 } });
  const days = [
    { role: 'cct/root', days: 30 },
    { role: 'timestamp', days: 1 },
  ];
  assert.deepEqual(lifetimePlan(days), { 'cct/root': 30, timestamp: 1 });
});

test('a role that there is not gets the one that was probably meant, or the list', () => {
  const typed = (role: string) => () => roleKeysPlan([{ role, threshold: 1, keys: 1 }]);
  assert.throws(typed('snapshto'), { code: 'usage', hint: 'Did you mean snapshot?' });
  assert.throws(typed('__proto__'), { code: 'usage', hint: /^The roles are root, / });
  assert.throws(() => lifetimePlan([{ role: 'pkg_mgr', days: 1 }]), { code: 'usage' });
});

test('a role named twice is refused', () => {
  const twice = [
    { role: 'root', days: 1 },
    { role: 'root', days: 2 },
  ];
  assert.throws(() => lifetimePlan(twice), { code: 'usage', message: /root is named twice/ });
});
