package flowlog

import (
	"strings"
	"time"
)

// at takes the time of an entry.
func (r *Record) at(text []byte) {
	r.Time = parseTime(text)
	r.Untimed = r.Time.IsZero() && len(text) > 0
}

// parseTime reads a time in any form that logs have; the zero time is none.
func parseTime(b []byte) time.Time {
	if t, ok := quickTime(b); ok {
		return t
	}
	s := strings.TrimSpace(string(b))
	s = strings.ReplaceAll(s, "\u202f", " ") // before AM and PM in newer portals
	for _, layout := range []string{
		time.RFC3339Nano,
		"2006-01-02T15:04:05.999999999",
		"2006-01-02 15:04:05.999999999",
		"2006-01-02 15:04:05.999999999Z07:00",
		"1/2/2006, 3:04:05.999 PM", // portals
		"1/2/2006, 3:04:05 PM",
		"1/2/2006 3:04:05 PM",
		"1/2/2006 3:04:05 PM +00:00",
		"2.1.2006 15:04:05", // spreadsheets where the day comes first
		"2.1.2006 15:04",
	} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

// quickTime reads 2026-03-04T05:06:07.8901234Z, which nearly every record has.
func quickTime(b []byte) (time.Time, bool) {
	if len(b) < 20 || b[4] != '-' || b[7] != '-' || b[10] != 'T' || b[13] != ':' || b[16] != ':' || b[len(b)-1] != 'Z' {
		return time.Time{}, false
	}
	ok := true
	two := func(i int) int {
		x, y := b[i]-'0', b[i+1]-'0'
		ok = ok && x <= 9 && y <= 9
		return int(x)*10 + int(y)
	}
	year, month, day := two(0)*100+two(2), two(5), two(8)
	hour, minute, second := two(11), two(14), two(17)
	nanos, scale := 0, 100_000_000
	if fraction := b[19 : len(b)-1]; len(fraction) > 0 {
		if fraction[0] != '.' || len(fraction) == 1 || len(fraction) > 10 {
			return time.Time{}, false
		}
		for _, c := range fraction[1:] {
			if c < '0' || c > '9' {
				return time.Time{}, false
			}
			nanos += int(c-'0') * scale
			scale /= 10
		}
	}
	if !ok || month < 1 || month > 12 || day < 1 || day > 28 && day > lastDay(year, month) || hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, false
	}
	return time.Unix(daysTo(year, month, day)*86400+int64(hour*3600+minute*60+second), int64(nanos)).UTC(), true
}

func lastDay(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// daysTo is how many days a day is after 1970-01-01, counted by years that begin
// in March.
func daysTo(year, month, day int) int64 {
	if month < 3 {
		year, month = year-1, month+12
	}
	return int64(365*year+year/4-year/100+year/400+(153*(month-3)+2)/5+day-1) - 719468
}
