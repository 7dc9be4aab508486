/** The work in SQL, in the same words for DuckDB alone and for our tables. */
const read = (file: string) => `read_csv('${file}', all_varchar = true, header = true)`

export const customersQuery = (file: string): string =>
  `select trim(id) as id, trim(region) as region from ${read(file)}`

export const typedQuery = (
  file: string,
) => `select cast(trim("no") as bigint) as "no", cast(trim(day) as date) as day,
  trim(customer) as customer, trim(product) as product, cast(trim(pieces) as bigint) as pieces,
  cast(trim(price) as decimal(18,2)) as price, trim(note) as note, cast(changed as bigint) as changed from ${read(file)}`

/** Of the rows of a number the one that changed last, where the load of the table does not see to that. */
export const salesQuery = (file: string): string =>
  `select * from (${typedQuery(file)}) as t qualify row_number() over (partition by "no" order by changed desc) = 1`

export const totalsQuery = (sales: string, customers: string): string =>
  `select c.region as region, s.day as day, count(*) as sales, cast(sum(s.pieces) as bigint) as pieces,
  cast(sum(s.pieces * s.price) as decimal(38,2)) as amount
  from ${sales} as s join ${customers} as c on c.id = s.customer group by c.region, s.day`
