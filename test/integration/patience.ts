// Time-outs for calls that will be answered, however busy the machine is. A test whose subject is a time-out gives its own.

export const patient = { connectTimeout: '60s' } as const

export const patientCalls = { ...patient, callTimeout: '60s' } as const

export const patientAnswers = { ...patient, timeout: '60s' } as const

export const patientHttp = { timeouts: { connect: '60s', firstByte: '60s', total: '120s' } } as const
