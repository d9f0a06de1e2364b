# What lavaan says after a fit: modification indices, residuals, scores, comparisons, Wald tests.
source(file.path("..", "write_case.R"))

hs <- read_data("holzinger_swineford.csv")
pd <- read_data("political_democracy.csv")
three <- "visual =~ x1 + x2 + x3
textual =~ x4 + x5 + x6
speed =~ x7 + x8 + x9"
chain <- "f =~ y1 + y2 + y3
g =~ y5 + y6 + y7
g ~ a*f + b*x1
f ~ c*x1"

one <- suppressWarnings(cfa(three, hs))
scalar <- suppressWarnings(cfa(three, hs, group = "school", group.equal = c("loadings", "intercepts")))

indices <- function(fit, name) {
  table <- as.data.frame(modindices(fit, sort. = FALSE))
  if (is.null(table$group)) table$group <- 1L
  table <- table[table$op %in% c("=~", "~~", "~", "~1"), c("lhs", "op", "rhs", "group", "mi", "epc", "sepc.lv", "sepc.all")]
  names(table) <- gsub(".", "_", names(table), fixed = TRUE)
  write_numbers(table, name)
}
indices(one, "modification_one.csv")
indices(scalar, "modification_scalar.csv")
indicator <- sem("f =~ y1 + y2 + y3 + y4\ng =~ y5 + y6 + y7 + y8\ng ~ f\ny2 ~ x1", pd)
indices(indicator, "modification_indicator.csv")
least <- suppressWarnings(cfa(three, hs, group = "school", group.equal = "loadings", estimator = "ULS"))
indices(least, "modification_least.csv")
second <- sem(paste(three, "g =~ visual + textual + speed\nx1 ~~ x4", sep = "\n"), hs)
indices(second, "modification_second.csv")

long <- function(matrix, kind, group) {
  at <- which(lower.tri(matrix, diag = TRUE), arr.ind = TRUE)
  data.frame(kind = kind, group = group, lhs = rownames(matrix)[at[, 2]], op = "~~", rhs = rownames(matrix)[at[, 1]],
             value = matrix[at])
}
kinds <- c(raw = "raw", correlation = "cor.bollen", normalized = "normalized", standardized = "standardized")
rows <- list()
for (kind in names(kinds)) {
  single <- residuals(one, kinds[[kind]])
  rows[[length(rows) + 1]] <- cbind(fit = "one", long(unclass(single$cov), kind, 1L))
  for (group in 1:2) {
    both <- residuals(scalar, kinds[[kind]])[[group]]
    rows[[length(rows) + 1]] <- cbind(fit = "scalar", long(unclass(both$cov), kind, group))
    if (kind != "correlation")
      rows[[length(rows) + 1]] <- data.frame(fit = "scalar", kind = kind, group = group, lhs = names(both$mean), op = "~1",
                                             rhs = "", value = as.numeric(both$mean))
  }
}
write_numbers(do.call(rbind, rows), "residuals.csv")

write_numbers(as.data.frame(lavPredict(one)), "scores_regression.csv")
write_numbers(as.data.frame(lavPredict(one, method = "Bartlett")), "scores_bartlett.csv")
# No mean structure: the covariate moves the latent means all the same.
for (estimator in c("ML", "WLS")) {
  moved <- sem("visual =~ x1 + x2 + x3\nvisual ~ ageyr", hs, estimator = estimator)
  write_numbers(as.data.frame(unclass(lavPredict(moved))), paste0("scores_covariate_", estimator, ".csv"))
}
r2 <- lavInspect(one, "rsquare")
write_numbers(data.frame(variable = names(r2), r_squared = as.numeric(r2)), "r_squared.csv")

comparisons <- list()
for (estimator in c("ML", "MLM", "MLR")) {
  free <- cfa(three, hs, group = "school", estimator = estimator)
  held <- suppressWarnings(cfa(three, hs, group = "school", group.equal = c("loadings", "intercepts"),
                               estimator = estimator))
  methods <- if (estimator == "ML") "standard" else c("satorra.bentler.2001", "satorra.bentler.2010")
  for (method in methods) {
    table <- as.data.frame(lavTestLRT(free, held, method = if (method == "standard") "default" else method))
    comparisons[[length(comparisons) + 1]] <-
      data.frame(estimator = estimator, method = gsub(".", "_", method, fixed = TRUE),
                 statistic = table[2, "Chisq diff"], df = table[2, "Df diff"], pvalue = table[2, "Pr(>Chisq)"])
  }
}
write_numbers(do.call(rbind, comparisons), "comparisons.csv")

path <- suppressWarnings(sem(chain, pd))
wald <- lavTestWald(path, "a == b; c == 0")
write_numbers(data.frame(statistic = wald$stat, df = as.numeric(wald$df), pvalue = wald$p.value), "wald.csv")
standard <- standardizedSolution(path)
write_numbers(standard[, c("lhs", "op", "rhs", "est.std", "se", "ci.lower", "ci.upper")], "standardized.csv")
metric <- cfa(three, hs, group = "school", group.equal = "loadings")
equal <- cfa("f =~ x1 + a*x2 + b*x3 + c*x4
a == b
c == 2*a - 0.3", hs)
scores <- list()
for (name in c("metric", "equal", "least")) {
  test <- lavTestScore(get(name))
  scores[[name]] <- data.frame(fit = name, statistic = c(test$test$X2, test$uni$X2), df = c(test$test$df, test$uni$df),
                               pvalue = c(test$test$p.value, test$uni$p.value))
}
write_numbers(do.call(rbind, scores), "score_tests.csv")
writeLines(jsonlite::toJSON(list(r = as.character(getRversion()), lavaan = as.character(packageVersion("lavaan"))),
                            auto_unbox = TRUE, pretty = TRUE), "session.json")
