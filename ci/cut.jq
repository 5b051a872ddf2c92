# Text of at most $most characters: whole lines, with what is open closed, and the
# word that there is more, and where.
def cut($most; $where):
  if length <= $most then .
  else
    (.[0:$most - 300] | split("\n")[:-1] | join("\n"))
    | . + (if (indices("<details>") | length) > (indices("</details>") | length) then "\n\n</details>" else "" end)
    + "\n\n> [!WARNING]\n> This is too long for one place, and not all of it: " + $where + "\n"
  end;
