// Sensors of the stations, which report by MQTT where there is a broker: their readings go to the table of quality.
import { env, flow, secret, system } from 'isthmus'
import { mqtt } from 'isthmus/mqtt'
import { sql, sqlText } from 'isthmus/sql'
import { companions, factoryName } from './events.ts'
import { Temperature } from './models.ts'

const sensors = system('sensors', {
  kind: 'mes',
  allow: ['loopback', 'private'],
  connector: mqtt({
    url: env('MQTT_URL', 'mqtt://127.0.0.1'),
    ...(process.env.MQTT_USER && { user: env('MQTT_USER'), password: secret('MQTT_PASSWORD') }),
  }),
})
// `factory/L1/temperature` with the payload {"no":17,"celsius":"81.5"}.
const temperatures = sensors.subscribe('temperatures', Temperature, {
  topics: [`${factoryName}/+/temperature`],
  session: `${factoryName}-temperatures`,
  record: (payload, { levels: [station] }) => ({ ...(payload as object), station }),
  id: ({ station, no }) => `${station} ${no}`, // MQTT has no identity, and delivers at least once
})

const quality = system('quality', {
  kind: 'other',
  connector: sql({
    url: env('QUALITY', './quality.db'),
    setup: [sqlText`create table if not exists temperatures (station text, no integer, celsius text)`],
  }),
})
const qualityTemperatures = quality.table('temperatures', Temperature, {
  table: 'temperatures',
  mode: 'insert',
})

/** Sensors → quality: every reading, once. */
const temperaturesToQuality = flow('temperatures-to-quality')
  .from(temperatures)
  .key(reading => reading.station)
  .to(qualityTemperatures)

const present = companions.has('mqtt')
export const sensorSystems = present ? [sensors, quality] : []
export const sensorFlows = present ? [temperaturesToQuality] : []
