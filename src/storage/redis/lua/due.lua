-- Finds calls whose lease has run out, by Redis's clock.
--
-- KEYS: leases.
-- ARGV: time, how many at most.
-- Returns 'due' and their ids, the longest overdue first.

return { 'due', read(KEYS[1], 'ZRANGEBYSCORE', '-inf', whole(clock(ARGV[1])), 'LIMIT', 0, ARGV[2]) }
