# Invariance of three items over three waves of the same 200 people (semTools' simulated data set exLong), complete and
# with answers missing; models written by semTools::measEq.syntax, latent means of the scalar model.
suppressPackageStartupMessages({library(lavaan); library(semTools)})
source("../write_tables.R")
answers <- exLong[, -1]
names(answers) <- sub("^(y[0-9])t([0-9])$", "\\1__\\2", names(answers))
gaps <- answers
for (k in seq_along(gaps)) gaps[(seq_len(nrow(gaps)) * 7 + k * 3) %% 23 == 0, k] <- NA
gaps[(seq_len(nrow(gaps)) %% 9) == 0, 7:9] <- NA
write.csv(answers, "answers.csv", row.names = FALSE)
write.csv(gaps, "gaps.csv", row.names = FALSE)
model <- "f1 =~ y1__1 + y2__1 + y3__1
f2 =~ y1__2 + y2__2 + y3__2
f3 =~ y1__3 + y2__3 + y3__3"
indicators <- lapply(1:3, function(i) paste0("y", i, "__", 1:3))
names(indicators) <- paste0("y", 1:3)
equal <- list(configural = "", metric = "loadings", scalar = c("loadings", "intercepts"),
              strict = c("loadings", "intercepts", "residuals"))
ladder <- function(data, missing, name) {
  rows <- NULL
  before <- NULL
  for (level in names(equal)) {
    text <- measEq.syntax(configural.model = model, data = data, ID.fac = "std.lv", longFacNames = list(f = c("f1", "f2", "f3")),
                          longIndNames = indicators, auto = "all", long.equal = equal[[level]], missing = missing)
    fit <- cfa(as.character(text), data = data, missing = missing)
    m <- fitMeasures(fit)
    # With answers missing lavaan corrects CFI and RMSEA for them (Zhang and Savalei 2022); those are reported.
    corrected <- function(name) m[[if (missing == "fiml") paste0(name, ".robust") else name]]
    row <- data.frame(level = level, chisq = m[["chisq"]], df = m[["df"]], pvalue = m[["pvalue"]], cfi = corrected("cfi"),
                      rmsea = corrected("rmsea"), srmr = m[["srmr"]], delta_chisq = NA, delta_df = NA)
    if (!is.null(before)) {
      row$delta_chisq <- m[["chisq"]] - fitMeasures(before, "chisq")
      row$delta_df <- m[["df"]] - fitMeasures(before, "df")
    }
    rows <- rbind(rows, row)
    before <- fit
    if (level == "scalar") {
      table <- parameterEstimates(fit)
      means <- table[table$op == "~1" & table$lhs %in% c("f2", "f3"), ]
      write_table(data.frame(wave = sub("f", "", means$lhs), est = means$est, se = means$se), paste0(name, "_means.csv"))
    }
  }
  write_table(rows, paste0(name, "_ladder.csv"))
}
ladder(answers, "listwise", "complete")
ladder(gaps, "fiml", "gaps")
write_session("lavaan", "semTools")
