/** Loaded into a command before it starts: writes what the process used to file descriptor 3 when it ends. */
import { writeSync } from 'node:fs';

process.on('exit', () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  writeSync(3, JSON.stringify({ peakMB: maxRSS / 1024, cpuMs: (userCPUTime + systemCPUTime) / 1000 }));
});
