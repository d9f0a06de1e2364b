# Partial invariance of ordered answers over gender, five items of one scale: thresholds of N1, loading of N3 and
# intercept of N4 free at the scalar level, by lavaan. Then dMACS of every item (Nye & Drasgow 2011, eq. 2) by
# stats::integrate, from lavaan's estimates with that item's thresholds and loading free.
suppressPackageStartupMessages(library(lavaan))
source("../write_tables.R")
bfi <- na.omit(read_bfi()[c(scales$N, "gender")])
items <- scales$N
thresholds <- function(item) paste0(item, "|t", 1:5)

# Without a label lavaan 0.6-14 keeps the intercept of an ordered variable at zero although NA frees it.
partial <- function(thresholds_free = NULL, loadings_free = NULL, intercepts_free = NULL) {
  lines <- c(paste("N =~", paste(items, collapse = " + ")), "N ~~ c(1, NA)*N", "N ~ c(0, NA)*1")
  for (item in items) {
    apart <- item %in% thresholds_free
    shifted <- item %in% c(loadings_free, intercepts_free)
    lines <- c(lines, paste0(item, " ~ c(0, ", if (shifted && !apart) "NA" else "0", ")*1 + c(a_", item, ", b_", item, ")*1"),
               paste0(item, " ~~ c(1, ", if (apart) "1" else "NA", ")*", item))
  }
  cfa(paste(lines, collapse = "\n"), data = bfi, ordered = items, group = "gender", std.lv = TRUE,
      parameterization = "theta", estimator = "WLSMV", group.equal = c("thresholds", "loadings"),
      group.partial = c(unlist(lapply(thresholds_free, thresholds)),
                        paste0("N=~", c(thresholds_free, loadings_free))))
}

fit <- partial("N1", "N3", "N4")
m <- fitMeasures(fit)
write_table(data.frame(chisq = m[["chisq.scaled"]], df = m[["df"]], cfi_scaled = m[["cfi.scaled"]],
                       rmsea_scaled = m[["rmsea.scaled"]]), "partial.csv")

effect <- function(item) {
  fit <- partial(item)
  rows <- parameterEstimates(fit)
  line <- function(g) {
    own <- rows[rows$group == g, ]
    list(l = own$est[own$op == "=~" & own$rhs == item], t = own$est[own$op == "|" & own$lhs == item],
         m = own$est[own$op == "~1" & own$lhs == "N"], v = own$est[own$op == "~~" & own$lhs == "N"])
  }
  answer <- function(x, one) 1 + rowSums(sapply(one$t, function(t) pnorm(one$l * x - t)))
  labels <- lavInspect(fit, "group.label")
  first <- line(1); second <- line(2)
  squared <- integrate(function(x) (answer(x, second) - answer(x, first))^2 * dnorm(x, second$m, sqrt(second$v)),
                       -Inf, Inf, rel.tol = 1e-10)$value
  x <- lapply(labels, function(g) bfi[bfi$gender == g, item])
  sd0 <- function(x) sqrt(mean((x - mean(x))^2))
  n <- lengths(x)
  pooled <- ((n[1] - 1) * sd0(x[[1]]) + (n[2] - 1) * sd0(x[[2]])) / (sum(n) - 2)
  data.frame(item = item, dmacs = sqrt(squared) / pooled, delta_loading = second$l - first$l)
}
write_table(do.call(rbind, lapply(items, effect)), "effects.csv")
write_session("lavaan")
