# Modification indices of a correlation structure with loadings equal over groups: what a loading changes in the variance
# of its item, which is held at one, is a constraint on the other parameters. The 24 largest cross-loadings.
suppressPackageStartupMessages(library(lavaan))
data <- read.csv(file.path("..", "data", "holzinger_swineford.csv"))
model <- "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"
fit <- cfa(model, data, group = "school", group.equal = "loadings", correlation = TRUE)
found <- subset(suppressWarnings(modindices(fit)), op == "=~")
found <- found[order(-found$mi), ][1:24, c("lhs", "op", "rhs", "group", "mi", "epc")]
write.csv(format(found, digits = 8), "indices.csv", row.names = FALSE, quote = FALSE)
writeLines(jsonlite::toJSON(list(r = as.character(getRversion()), lavaan = as.character(packageVersion("lavaan"))),
                            auto_unbox = TRUE, pretty = TRUE), "session.json")
