-- The store on a server: what is done there in one step.
--
-- KEYS[1] is a hash, "{prefix}:state", and every other key is made from it, so that all lie in one slot. ARGV[1] names
-- what is done, ARGV[2] the index that the caller opened; the rest is explained at each action. Numbers of documents
-- travel as unsigned integers of 4 bytes, the most significant first. Keys of documents are 36 bits in 5 bytes.
--
-- Documents stand in lists of BLOCK each ("d" and the number of the block), packed: a hash would take some 80 bytes more
-- for each. Their keys stand in hashes that are small enough to stay packed ("k" and the number of the bucket): 12 bits
-- of a key and some of the other 24 choose the bucket, those 24 are the field, and the value is the list of documents.
-- Buckets are split one after the other as keys come (linear hashing, W. Litwin, 1980). A long list goes on in fields
-- that end with a number.

local BLOCK = 64
local BASE = 4096
local LOAD = 128  -- fields in a bucket, on average; half to twice as many in each
local CHUNK = 15  -- numbers in a field: 64 bytes is the most that stays packed
local MOST = 4294967295
local SLICE = 1000  -- arguments of one command
local FIXED = 9  -- arguments of this script that are no documents

local byte, sub, rep, floor = string.byte, string.sub, string.rep, math.floor
local pack, unpack_bytes = struct.pack, struct.unpack
local call = redis.call

local state_key = KEYS[1]
local names = {'made', 'space', 'version', 'floor', 'buckets', 'fields', 'documents', 'payload_bytes', 'sweep'}
local state = {}
local values = call('HMGET', state_key, unpack(names))
if values[1] ~= ARGV[2] then return redis.error_reply('GONE the index is not the one that was opened') end
for i, value in ipairs(values) do
  local is_right = i == 1 or value and #value < 16 and string.match(value, i == 2 and '^%w+:$' or '^%d+$')
  if not (is_right or i == #names and value == '-1') then return redis.error_reply('DAMAGED ' .. names[i]) end
  state[names[i]] = i > 2 and tonumber(value) or value
end
local prefix = string.match(state_key, '^(.*:)[^:]*$') .. state.space
local half = BASE
while half * 2 <= state.buckets do half = half * 2 end

local function save()
  call('HSET', state_key, 'version', state.version, 'floor', state.floor, 'buckets', state.buckets,
    'fields', state.fields, 'documents', state.documents, 'payload_bytes', state.payload_bytes, 'sweep', state.sweep)
end

-- Lists of documents

local function encoded(list, first, last)
  if first == last and first == 1 then return string.format('%d', list[1]) end
  return ':' .. pack('>' .. rep('I4', last - first + 1), unpack(list, first, last))
end

-- Give how many numbers a value holds.
local function size_of(value)
  if byte(value) ~= 58 then return 1 end
  local size = (#value - 1) / 4
  if size % 1 > 0 then error('a list of documents is cut off') end
  return size
end

-- Give the numbers of a value as they travel.
local function blob_of(value)
  return byte(value) == 58 and sub(value, 2) or pack('>I4', tonumber(value))
end

local function decode(value, list)
  if byte(value) ~= 58 then
    list[#list + 1] = tonumber(value)
    return
  end
  local numbers = {unpack_bytes('>' .. rep('I4', size_of(value)), value, 2)}
  for i = 1, #numbers - 1 do list[#list + 1] = numbers[i] end  -- the last is where the next one would begin
end

local function live(list)
  if state.floor == 0 or #list == 0 or list[1] >= state.floor then return list end
  local stays = {}
  for _, number in ipairs(list) do
    if number >= state.floor then stays[#stays + 1] = number end
  end
  return stays
end

local function field_of(own, chunk)
  return chunk == 0 and own or own .. pack('>H', chunk)
end

-- Write a list in place of what is stored of it, an array of values.
local function put(bucket, own, stored, list)
  local chunks = math.ceil(#list / CHUNK)
  for chunk = 0, chunks - 1 do
    local value = encoded(list, chunk * CHUNK + 1, math.min(#list, chunk * CHUNK + CHUNK))
    if value ~= stored[chunk + 1] then call('HSET', bucket, field_of(own, chunk), value) end
  end
  for chunk = chunks, #stored - 1 do call('HDEL', bucket, field_of(own, chunk)) end
  state.fields = state.fields + chunks - #stored
end

local buckets = prefix .. 'k'

local function place(key)
  local b1, b2, f1, f2, f3 = byte(key, 1, 5)
  local hash = ((f1 * 256 + f2) * 256 + f3) * BASE + b1 * 256 + b2
  local address = hash % (2 * half)
  if address >= state.buckets then address = address - half end
  return buckets .. address
end

-- What is known of keys: the bucket where nothing stands of one, or else its list. Most are new, and cost no table.
local lists = {}

local function list_of(key)
  local known = lists[key]
  if known then return known end
  local bucket, own = place(key), sub(key, 3)
  local value = call('HGET', bucket, own)
  if not value then
    lists[key] = bucket
    return bucket
  end
  local stored = {}
  while value do
    stored[#stored + 1] = value
    value = size_of(value) == CHUNK and call('HGET', bucket, field_of(own, #stored))
  end
  known = {bucket = bucket, own = own, stored = stored}
  lists[key] = known
  return known
end

local function numbers_of(stored)
  local numbers = {}
  for _, value in ipairs(stored) do decode(value, numbers) end
  return live(numbers)
end

local function write(key, list, numbers)
  put(list.bucket, list.own, list.stored, numbers)
  lists[key] = nil
end

local function append(key, number, text)
  local list = list_of(key)
  if type(list) == 'table' and state.sweep >= 0 then  -- without what is dead
    write(key, list, numbers_of(list.stored))
    list = list_of(key)
  end
  if type(list) == 'string' then
    call('HSET', list, sub(key, 3), text)
    state.fields = state.fields + 1
    lists[key] = nil
    return
  end
  local chunk = #list.stored
  local last, blob = list.stored[chunk], pack('>I4', number)
  if sub(blob_of(last), -4) == blob then return end
  if size_of(last) == CHUNK then
    call('HSET', list.bucket, field_of(list.own, chunk), ':' .. blob)
    state.fields = state.fields + 1
  else
    call('HSET', list.bucket, field_of(list.own, chunk - 1), ':' .. blob_of(last) .. blob)
  end
  lists[key] = nil
end

-- Documents

local function home(number)
  return prefix .. 'd' .. floor(number / BLOCK), number % BLOCK
end

-- Give the positions in a block without a document: those of documents that are gone, and of numbers that never had one.
local function empty_positions(block)
  return call('LPOS', block, '', 'COUNT', 0)
end

local function document(number)
  if number < state.floor then return false end
  local value = call('LINDEX', home(number))
  return value ~= '' and value
end

-- A value begins with when the document came, how many lists had no room for it, and the length of its record.
local HEAD = 16

local function record_end(value)
  local _, _, length = unpack_bytes('>dI4I4', value)
  return HEAD + length
end

local function numbers_in(blob)
  local numbers = {}
  for i = 1, #blob, 4 do numbers[#numbers + 1] = unpack_bytes('>I4', blob, i) end
  return numbers
end

-- Finding

local AHEAD = 32
local WHOLE = 8
local MANY = 1024  -- numbers in lists; if there are more, it is not counted which
local NONE = pack('>I4', 0)

-- Give for keys how many documents each finds, and which.
local function found(asked)
  local counts, blobs = {}, {}
  for i = 1, #asked, 5 do
    local list, count = list_of(sub(asked, i, i + 4)), 0
    if type(list) == 'table' then
      local stored = state.sweep < 0 and list.stored or numbers_of(list.stored)  -- where nothing is dead lists stay packed
      for _, value in ipairs(stored) do
        blobs[#blobs + 1] = blob_of(value)
        count = count + #blobs[#blobs] / 4
      end
    end
    counts[#counts + 1] = count == 0 and NONE or pack('>I4', count)
  end
  return table.concat(counts), table.concat(blobs)
end

-- Give what was found; and if that are few documents, those too: the ones that share most keys whole, of the others what
-- they are ranked by.
local function reply(counts, numbers)
  local answer, shared, distinct = {0, state.version, counts, numbers}, {}, {}
  if #numbers > 4 * MANY then return answer end
  for _, number in ipairs(numbers_in(numbers)) do
    if not shared[number] then distinct[#distinct + 1] = number end
    shared[number] = (shared[number] or 0) + 1
  end
  if #distinct > AHEAD then return answer end
  table.sort(distinct, function(a, b)
    if shared[a] ~= shared[b] then return shared[a] > shared[b] end
    return a < b
  end)
  for i, number in ipairs(distinct) do
    local value = document(number)
    if value then
      local is_whole = i <= WHOLE
      answer[#answer + 1] = number
      answer[#answer + 1] = is_whole and 1 or 0
      answer[#answer + 1] = is_whole and value or sub(value, 1, record_end(value))
    end
  end
  return answer
end

-- Writing

local function remove(numbers, counts, keys)
  local removed, at = 0, 1
  for i, number in ipairs(numbers) do
    local stop = at + 5 * counts[i]
    local value = document(number)
    if value then
      local block, position = home(number)
      call('LSET', block, position, '')
      if #empty_positions(block) == call('LLEN', block) then call('UNLINK', block) end
      removed = removed + 1
      state.documents = state.documents - 1
      state.payload_bytes = state.payload_bytes - (#value - record_end(value))
      for start = at, stop - 1, 5 do
        local key = sub(keys, start, start + 4)
        local list, stays = list_of(key), {}
        if type(list) == 'table' then
          for _, other in ipairs(numbers_of(list.stored)) do
            if other ~= number then stays[#stays + 1] = other end
          end
          write(key, list, stays)
        end
      end
    end
    at = stop
  end
  if removed > 0 then state.version = state.version + 1 end
  return removed
end

local function insert(keys, value)
  state.version = state.version + 1
  local number = state.version
  local block, position = home(number)
  for _ = call('LLEN', block), position - 1 do call('RPUSH', block, '') end
  call('RPUSH', block, value)
  local text = string.format('%d', number)  -- the server would take longer to write it, each time
  for i = 1, #keys, 5 do append(sub(keys, i, i + 4), number, text) end
  state.documents = state.documents + 1
  state.payload_bytes = state.payload_bytes + #value - record_end(value)
end

local function sliced(command, key, values)
  for i = 1, #values, SLICE do call(command, key, unpack(values, i, math.min(#values, i + SLICE - 1))) end
end

-- Split the next bucket.
local function split()
  local source, target = buckets .. state.buckets - half, buckets .. state.buckets
  local flat, gone, moved, width = call('HGETALL', source), {}, {}, half / BASE
  for i = 1, #flat, 2 do
    local f1, f2, f3 = byte(flat[i], 1, 3)
    if floor(((f1 * 256 + f2) * 256 + f3) / width) % 2 == 1 then
      gone[#gone + 1] = flat[i]
      moved[#moved + 1] = flat[i]
      moved[#moved + 1] = flat[i + 1]
    end
  end
  sliced('HDEL', source, gone)
  sliced('HSET', target, moved)
  state.buckets = state.buckets + 1
  if state.buckets == 2 * half then half = state.buckets end
end

-- Take what documents that are gone have left out of some buckets.
local function sweep(count)
  while state.sweep >= 0 and count > 0 do
    local bucket = buckets .. state.sweep
    local flat, groups = call('HGETALL', bucket), {}
    for i = 1, #flat, 2 do
      local own, chunk = sub(flat[i], 1, 3), 1
      if #flat[i] > 3 then chunk = unpack_bytes('>H', flat[i], 4) + 1 end
      groups[own] = groups[own] or {}
      groups[own][chunk] = flat[i + 1]
    end
    for own, stored in pairs(groups) do put(bucket, own, stored, numbers_of(stored)) end
    state.sweep = state.sweep + 1
    if state.sweep >= state.buckets then state.sweep = -1 end
    count = count - 1
  end
end

-- Take over which keys find nothing, from somebody who knows. What is dead must be read before it is written over.
local function know_empty(asked, counts)
  if state.sweep >= 0 then return end
  for i = 1, #asked / 5 do
    if counts == '' or sub(counts, 4 * i - 3, 4 * i) == NONE then
      local key = sub(asked, 5 * i - 4, 5 * i)
      lists[key] = place(key)
    end
  end
end

local actions = {}

-- Find keys.
function actions.find(asked)
  return reply(found(asked))
end

-- Store documents if keys find what they are expected to: the version at which they did; the keys; what they found.
-- Then what goes: numbers, how many keys each has, keys. Then for each document its keys that have room, and its value.
function actions.insert(expected_version, asked, expected_counts, expected_numbers, gone, gone_counts, gone_keys)
  if tonumber(expected_version) == state.version then
    know_empty(asked, expected_counts)
  else
    local counts, numbers = found(asked)
    if numbers ~= expected_numbers or (numbers ~= '' and counts ~= expected_counts) then
      return reply(counts, numbers)
    end
  end
  local count = (#ARGV - FIXED) / 2
  if state.version + count + 1 > MOST then return redis.error_reply('FULL there are no more numbers') end
  remove(numbers_in(gone), numbers_in(gone_counts), gone_keys)
  local first, fields = state.version + 1, state.fields
  for i = FIXED + 1, #ARGV, 2 do insert(ARGV[i], ARGV[i + 1]) end
  local splits = state.fields - fields
  while splits > 0 and state.fields > LOAD * state.buckets do
    split()
    splits = splits - 1
  end
  sweep(4 * count)
  save()
  return {1, first}
end

-- What the latest calls that removed something have answered, by their tokens: who lost an answer asks again.
local ANSWERS = 1000

local function answered(token)
  local count, more = string.match(call('HGET', state_key, 'answers') or '', token .. ':(%d+):(%d+);')
  return count and {tonumber(count), tonumber(more)}
end

local function keep_answer(token, count, more)
  local kept = string.format('%s:%d:%d;%s', token, count, more, call('HGET', state_key, 'answers') or '')
  call('HSET', state_key, 'answers', sub(kept, 1, ANSWERS))
end

-- Remove documents: see three arguments of `insert`.
function actions.remove(token, gone, gone_counts, gone_keys)
  local known = answered(token)
  if known then return known[1] end
  call('HDEL', state_key, '')  -- a server whose memory is full lets a script write that took something out first
  local removed = remove(numbers_in(gone), numbers_in(gone_counts), gone_keys)
  if removed > 0 then
    save()
    keep_answer(token, removed, 0)
  end
  return removed
end

-- Give documents by their numbers: whole, or what they are ranked by.
function actions.get(numbers, is_whole)
  local values = {}
  for i, number in ipairs(numbers_in(numbers)) do
    local value = document(number)
    values[i] = value and (is_whole == '1' and value or sub(value, 1, record_end(value)))
  end
  return values
end

local function numbers_of_block(block)
  local key, is_empty, numbers = prefix .. 'd' .. block, {}, {}
  for _, position in ipairs(empty_positions(key)) do is_empty[position] = true end
  for position = 0, call('LLEN', key) - 1 do
    if not is_empty[position] then numbers[#numbers + 1] = block * BLOCK + position end
  end
  return numbers
end

-- Give the numbers of documents behind one, only of such as came before a time if it is given, of some blocks; and from
-- which on to go on, -1 at the end.
function actions.numbers(after, limit, before)
  local first = math.max(tonumber(after) + 1, state.floor)
  local block, numbers = floor(first / BLOCK), {}
  local last = math.min(block + 256, floor(state.version / BLOCK) + 1)
  while block < last do
    for _, number in ipairs(numbers_of_block(block)) do
      if number >= first and (before == '' or unpack_bytes('>d', document(number)) < tonumber(before)) then
        numbers[#numbers + 1] = pack('>I4', number)
        if #numbers == tonumber(limit) then return {-1, table.concat(numbers)} end
      end
    end
    block = block + 1
  end
  return {block * BLOCK > state.version and -1 or block * BLOCK - 1, table.concat(numbers)}
end

-- Drop the first blocks of which all documents came before a time, some at a time: give how many documents there were,
-- and 1 if there may be more. Their keys are dead from then on, and are swept later.
function actions.drop(token, before)
  local known = answered(token)
  if known then return known end
  local dropped, block, is_more = 0, floor(state.floor / BLOCK), 1
  local version = state.version
  for _ = 1, 64 do
    if block * BLOCK > version then
      is_more = 0
      break
    end
    local payload_bytes, numbers = 0, numbers_of_block(block)
    for _, number in ipairs(numbers) do
      local value = document(number)
      if unpack_bytes('>d', value) >= tonumber(before) then
        is_more = 0
        break
      end
      payload_bytes = payload_bytes + #value - record_end(value)
    end
    if is_more == 0 then break end
    call('UNLINK', prefix .. 'd' .. block)
    dropped = dropped + #numbers
    state.documents = state.documents - #numbers
    state.payload_bytes = state.payload_bytes - payload_bytes
    block = block + 1
  end
  if dropped > 0 then
    state.version = state.version + 1
    state.sweep = 0
    keep_answer(token, dropped, is_more)
  end
  local first = math.min(block * BLOCK, version + 1)
  if first > state.floor then  -- blocks that were empty before are passed too
    state.floor = first
    save()
  end
  return {dropped, is_more}
end

-- Sweep so many buckets; give how many are left.
function actions.sweep(count)
  if state.sweep >= 0 then
    sweep(tonumber(count))
    save()
  end
  return state.sweep < 0 and 0 or state.buckets - state.sweep
end

-- Give what is counted.
function actions.state()
  return {state.version, state.documents, state.payload_bytes, state.buckets, state.fields, state.floor, state.space}
end

-- Let the index under another key take the place of this one, which goes under a third key; unless this one changed.
function actions.replace(version, next_key, made, old_key)
  if tonumber(version) ~= state.version or call('HGET', next_key, 'made') ~= made then return 0 end
  call('RENAME', state_key, old_key)
  call('RENAME', next_key, state_key)
  return 1
end

-- Say what is wrong with a field of a bucket; nil if nothing is.
local function fault_of(field, value, address)
  local f1, f2, f3 = byte(field, 1, 3)
  local numbers = {}
  if not f3 or not pcall(decode, value, numbers) or #numbers == 0 then return 'cannot be read' end
  for _, number in ipairs(numbers) do
    if not (number > 0 and number <= state.version) then return 'names no document' end
  end
  if place(pack('>H', address % BASE) .. sub(field, 1, 3)) ~= buckets .. address then return 'belongs elsewhere' end
end

-- Look at some buckets: give how many fields they have, and what is wrong with some.
function actions.inspect(first, count)
  local fields, faults = 0, {}
  for address = tonumber(first), tonumber(first) + tonumber(count) - 1 do
    local flat = call('HGETALL', buckets .. address)
    fields = fields + #flat / 2
    for i = 1, #flat, 2 do
      local fault = fault_of(flat[i], flat[i + 1], address)
      if fault and #faults < 20 then
        faults[#faults + 1] = 'a key in the bucket ' .. address .. ' ' .. fault
      end
    end
  end
  return {fields, unpack(faults)}
end

return actions[ARGV[1]](unpack(ARGV, 3, FIXED))
