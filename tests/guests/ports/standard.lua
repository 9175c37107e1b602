-- Lua's standard library, coroutines, and errors (which are longjmp). Prints what does not hold, and how many checks did.
local checks, failures = 0, 0
local function check(name, holds)
    checks = checks + 1
    if not holds then
        failures = failures + 1
        print("failed: " .. name)
    end
end
local function fails(name, pattern, f, ...)
    local ok, message = pcall(f, ...)
    check(name .. ": " .. tostring(message), not ok and tostring(message):find(pattern))
end

-- Strings
check("format", string.format("%5.2f|%-4s|%q|%x|%g", 3.14159, "ab", "a\n", 255, 1e20) == " 3.14|ab  |\"a\\\n\"|ff|1e+20")
check("gsub", ("hello world"):gsub("(%w+)", "<%1>") == "<hello> <world>")
check("balanced", ("f(a(b)c)d"):match("%b()") == "(a(b)c)")
check("frontier", ("THE (quick) fox"):find("%f[%a]%a+%f[%A]", 5) == 6)
check("gmatch", (function() local n = 0 for _ in ("a,b,,c"):gmatch("[^,]*") do n = n + 1 end return n end)() == 4)
check("pack", string.unpack("<i4", string.pack("<i4", -2)) == -2 and #string.pack("z", "abc") == 4)
check("rep, reverse, byte", ("ab"):rep(3, "-") == "ab-ab-ab" and ("abc"):reverse() == "cba" and ("A"):byte() == 65)
check("utf8", utf8.len("aäö€") == 4 and utf8.char(0x20ac) == "€" and utf8.codepoint("ä") == 228)
fails("invalid pattern", "malformed pattern", string.find, "a", "[a")
-- Tables
local list = {5, 2, 8, 1}
table.sort(list, function(a, b) return a > b end)
check("sort, concat", table.concat(list, " ") == "8 5 2 1")
check("pack, unpack, move", select("#", table.unpack(table.pack(1, nil, 3), 1, 3)) == 3 and #table.move({1, 2}, 1, 2, 3, {0, 0}) == 4)
check("insert, remove", (function() table.insert(list, 2, 9) return table.remove(list, 2) end)() == 9)
fails("invalid order", "invalid order function", table.sort, {1, 2, 3, 4, 5}, function() return true end)
-- Numbers
check("integers", 7 // 2 == 3 and -7 // 2 == -4 and 7 % -3 == -2 and 1 << 62 == 4611686018427387904 and math.type(3 / 1) == "float")
check("wrap", math.maxinteger + 1 == math.mininteger and math.tointeger("8") == 8 and math.ult(1, -1))
check("floats", math.floor(-3.5) == -4 and math.fmod(-7, 3) == -1 and math.huge > 1e308 and 0 / 0 ~= 0 / 0)
check("trigonometry", math.abs(math.sin(math.pi / 6) - 0.5) < 1e-15 and math.atan(1, 1) == math.pi / 4)
math.randomseed(42)
local first = math.random(1000000)
math.randomseed(42)
check("random", math.random(1000000) == first and math.random(3, 3) == 3)
check("tonumber", tonumber("0x1p4") == 16 and tonumber("zz", 36) == 1295 and tonumber("1e") == nil)
fails("division by zero", "divide by zero", function() return 1 // 0 end)
-- Files
local name = "lua test.txt"
local file = assert(io.open(name, "w"))
check("buffer", file:setvbuf("full", 1024) and file:write("one\n", 2, "\n", 3.5, "\nlast"))
check("seek", file:seek("cur") == 14 and file:close())
local lines = {}
for line in io.lines(name) do lines[#lines + 1] = line end
check("lines", table.concat(lines, "|") == "one|2|3.5|last")
file = io.open(name, "r+")
check("formats", file:read("l") == "one" and file:read("n") == 2 and file:read("n") == 3.5 and file:read("a") == "\nlast" and file:read("l") == nil)
check("append", file:seek("end") and file:write("!") and file:seek("set", 4) == 4 and file:read(1) == "2")
file:close()
check("closed", io.type(file) == "closed file" and not pcall(file.read, file))
check("missing", select(2, io.open("none/none")) == "none/none: No such file or directory")
check("rename, remove", os.rename(name, "other") and os.remove("other") and not os.remove("other"))
local temporary = io.tmpfile()
check("tmpfile", temporary:write("x") and temporary:seek("set") == 0 and temporary:read("a") == "x")
-- Time
check("date", os.date("!%Y-%m-%d %H:%M:%S", 1709212455) == "2024-02-29 13:14:15" and os.time({year = 2024, month = 2, day = 30, hour = 12}) > 0)
check("clock", os.clock() >= 0 and os.time() > 1.6e9 and os.getenv("LUA_TEST") == "given" and os.getenv("NOTHING") == nil)
-- Errors
check("error values", select(2, pcall(error, {code = 7})).code == 7 and select(2, pcall(error)) == nil)
fails("levels", "^standard.lua:%d+: here", function() error("here") end)
fails("call of nil", "attempt to call a nil value %(global 'nothing'%)", function() nothing() end)
fails("arithmetic", "attempt to perform arithmetic on a nil value %(field 'x'%)", function() return ({}).x + 1 end)
check("traceback", select(2, xpcall(function() local x = nil + 1 end, debug.traceback)):find("stack traceback:"))
check("nested", select(2, pcall(function() local _, inner = pcall(error, "inner", 0) error(inner .. " outer", 0) end)) == "inner outer")
fails("deep recursion", "stack overflow", function() local function f() return 1 + f() end f() end)
fails("deep C calls", "C stack overflow", function() local s = ("("):rep(1000) .. "1" .. (")"):rep(1000) assert(load("return " .. s)) end)
for i = 1, 1000 do pcall(error, i) end
fails("size", "too large", string.rep, "x", 1 << 40)
-- Coroutines
local generate = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end return "end" end)
check("yield", generate() == 1 and generate() == 2 and generate() == 3 and generate() == "end")
fails("dead", "cannot resume dead coroutine", generate)
local thread = coroutine.create(function(a) local b = coroutine.yield(a + 1) error("in it " .. b) end)
check("resume", select(2, coroutine.resume(thread, 1)) == 2 and coroutine.status(thread) == "suspended")
local ok, message = coroutine.resume(thread, "x")
check("error in one", not ok and message:find("in it x") and coroutine.status(thread) == "dead")
check("yield across pcall", coroutine.wrap(function() return pcall(function() return coroutine.yield("out") end) end)() == "out")
fails("outside", "outside a coroutine", coroutine.yield)
local closed = false
local waiting = coroutine.create(function() local guard <close> = setmetatable({}, {__close = function() closed = true end}) coroutine.yield() end)
coroutine.resume(waiting)
check("close", coroutine.close(waiting) and closed)
local many = {}
for i = 1, 1000 do many[i] = coroutine.wrap(function() local sum = 0 while true do sum = sum + coroutine.yield(sum) end end) many[i]() end
check("a thousand", (function() local sum = 0 for i = 1, 1000 do sum = sum + many[i](i) end return sum end)() == 500500)
-- Metatables, goto, load, modules, garbage
local point = setmetatable({x = 1}, {__index = function(_, key) return key .. "?" end, __add = function(a, b) return a.x + b end,
    __call = function(_, y) return y * 2 end, __len = function() return 42 end, __tostring = function() return "point" end, __lt = function() return true end})
check("metatable", point.y == "y?" and point + 2 == 3 and point(4) == 8 and #point == 42 and tostring(point) == "point" and point < point)
local n = 0
::again:: n = n + 1
if n < 5 then goto again end
check("goto", n == 5)
check("load", load("return ...", "chunk", "t", {})(9) == 9 and not load("x ="))
check("dump", load(string.dump(function(a) return a + 1 end), "dumped", "b")(1) == 2)
local module = assert(io.open("mymodule.lua", "w"))
module:write("return {name = ..., value = 12}")
module:close()
package.path = "./?.lua"
check("require", require("mymodule").value == 12 and require("mymodule") == package.loaded.mymodule and os.remove("mymodule.lua"))
fails("no module", "module 'missing' not found", require, "missing")
local collected = 0
for _ = 1, 100 do setmetatable({}, {__gc = function() collected = collected + 1 end}) end
collectgarbage()
check("garbage", collected == 100 and collectgarbage("count") > 0)
local weak = setmetatable({{}}, {__mode = "v"})
collectgarbage()
check("weak", weak[1] == nil)
check("hooks", (function() local count = 0 debug.sethook(function() count = count + 1 end, "", 100) for _ = 1, 10000 do end debug.sethook() return count end)() > 50)
print(checks .. " checks, " .. failures .. " failures")
os.exit(failures == 0 and 7 or 1)
