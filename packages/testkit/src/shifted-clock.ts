/**
 * Loaded into a process with `--import`, sets its clock: all of it then lives at another time. The product has no such
 * switch; `--at` remembers nothing, and what is remembered is what some attacks are about.
 */
const OFFSET = Number(process.env['ANTIVENOM_TEST_CLOCK_OFFSET_MS']);
const RealDate = Date;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, given, newTarget) =>
    Reflect.construct(target, given.length === 0 ? [RealDate.now() + OFFSET] : given, newTarget),
  get: (target, name) => (name === 'now' ? () => RealDate.now() + OFFSET : Reflect.get(target, name)),
});

export {};
