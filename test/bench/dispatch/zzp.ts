import { drain } from './drain.ts';
import { ourConsumer } from './our-consumer.ts';
for (let i = 0; i < 3; i++) { const r = await drain({ consumer: ourConsumer, events: 6000, ratePerSecond: 50_000, lanes: 1, settings: {}, maxInFlight: 16 }); console.log(r.cpuMs.toFixed(3)); }
process.exit(0);
