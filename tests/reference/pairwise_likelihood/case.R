# Pairwise likelihood (PML) of lavaan on incomplete ordered answers, beside which pairwise WLSMV is compared.
suppressPackageStartupMessages(library(lavaan))
source("../write_case.R")
models <- list(
  one = "f =~ u9 + u10 + u11 + u12",
  two = "f =~ u1 + u2 + u3 + u4\ng =~ u5 + u6 + u7 + u8",
  three = "f =~ u1 + u2 + u3 + u4\ng =~ u9 + u10 + u11 + u12\ng ~ f"
)
data <- read_data("ordinal_missing.csv")
rows <- lapply(names(models), function(name) {
  fit <- sem(models[[name]], data, ordered = TRUE, estimator = "PML", missing = "available.cases", std.lv = TRUE)
  stopifnot(lavInspect(fit, "converged"))
  found <- parameterEstimates(fit)
  found <- found[found$op %in% c("=~", "~", "|") | (found$op == "~~" & found$lhs != found$rhs), ]
  data.frame(model = name, found[c("lhs", "op", "rhs", "est", "se")])
})
write_numbers(do.call(rbind, rows), "values.csv")
writeLines(unlist(lapply(names(models), function(name) paste0("# ", name, "\n", models[[name]]))), "models.txt")
writeLines(jsonlite::toJSON(list(r = as.character(getRversion()), lavaan = as.character(packageVersion("lavaan"))),
                            auto_unbox = TRUE, pretty = TRUE), "session.json")
